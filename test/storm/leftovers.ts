/** What a storm has left in the store, after all its processes have ended and somebody has locked everything once more. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { runWlock } from '../real/wlock.ts';
import { namesIn, type PooledScope } from './pool.ts';
import { runningIn } from './removal.ts';

export interface Leftovers {
  /** Sentences; there should be none. */
  readonly left: readonly string[];
  readonly tornRecords: number;
}

export async function leftoversIn(root: string, pool: readonly PooledScope[]): Promise<Leftovers> {
  const names = namesIn(pool).flatMap((name) => ['--name', name]);
  const words = ['run', '--root', root, '--path', '.', ...names, '--', 'true'];
  const { code, stderr } = await runWlock(words, { cwd: root });
  if (code !== 0) return { left: [`Everything should be free, but: ${stderr.trim()}`], tornRecords: 0 };

  const running = runningIn(root);
  const records = fs.readdirSync(running).filter((name) => name.endsWith('.lock') && name !== '.acquire.lock');
  const torn = records.filter((name) => name.startsWith('loop-') && fs.statSync(path.join(running, name)).size === 0);
  const left = [
    ...records.filter((name) => !torn.includes(name)),
    ...fs.readdirSync(running).filter((name) => name.endsWith('.tmp')),
    ...['alive', 'queue', 'requests'].flatMap((folder) =>
      contentOf(path.join(running, '.wlock', folder)).map((name) => `${folder}/${name}`),
    ),
  ];
  return { left: left.map((name) => `Left in the store: ${name}`), tornRecords: torn.length };
}

function contentOf(folder: string): readonly string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
}

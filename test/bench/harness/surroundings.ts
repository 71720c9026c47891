/** Other locks, which are in nobody's way: what a contender has to look at. All of them are of a living process. */
import { createHash, randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LockId } from '../../../src/core/lock.ts';
import { globEntry, nameEntry, pathEntry, type ScopeEntry } from '../../../src/core/scope/entry.ts';
import { recordName } from '../../../src/protocols/loops/layout.ts';
import { encodeRecord } from '../../../src/protocols/loops/encodeRecord.ts';
import { decodeRecord, type Extra, type LockRecord } from '../../../src/protocols/loops/record.ts';
import { libraryFile } from '../../real/programs.ts';
import type { Worker } from './worker.ts';

/** `ours` have a hold, `little-loops` a pid; the others are what these tools leave in the folder of the contender's own lock. */
export type Others = 'ours' | 'little-loops' | 'claude-swarm' | 'lock folders' | 'lock files';

export interface HolderQuestions {
  readonly hold: {
    readonly details: {
      readonly library: string;
      readonly root: string;
      readonly holder: string;
      readonly scopes: readonly string[];
    };
    readonly answer: readonly string[];
  };
}

/** So many are acquired; the rest are records as the same process would have written them, which is faster. */
const mostAcquired = 50;

/** Longer than a run: claude-swarm deletes what is older than five minutes. */
const hourS = 3_600;

export async function surround(
  root: string,
  others: Others,
  count: number,
  holder: Worker<HolderQuestions>,
): Promise<void> {
  if (count === 0) return;
  switch (others) {
    case 'ours':
      return await surroundWithOurs(root, count, holder);
    case 'little-loops':
      return write(path.join(root, '.loops', '.running'), count, (i) => [
        `other-${i}-20261121T120000.lock`,
        loopRecord(root, i, holder.pid),
      ]);
    case 'claude-swarm':
      return write(path.join(root, '.agent_locks'), count, (i) => {
        const record = { agent_id: 'other', filepath: fileOf(i), locked_at: Date.now() / 1_000 + hourS, reason: '' };
        return [`${createHash('sha256').update(record.filepath).digest('hex')}.lock`, JSON.stringify(record)];
      });
    case 'lock folders':
      for (let i = 0; i < count; i++) fs.mkdirSync(path.join(root, `other-${i}.lock`));
      return;
    case 'lock files':
      return write(root, count, (i) => [`other-${i}.lock`, '']);
  }
}

/** A record of ours that stands beside those of `surround`, and is of the same holder. */
export function anotherOfOurs(root: string, name: string): { readonly file: string; readonly text: string } {
  const running = path.join(root, '.loops', '.running');
  const model = fs.readdirSync(running).find((each) => each.startsWith('wlock-') && each.endsWith('.lock'));
  if (model === undefined) throw new Error(`There is no record of ours in ${running}.`);
  const record = readModel(path.join(running, model));
  return {
    file: path.join(running, recordName(randomUUID())),
    text: encodeRecord(withScope({ ...record, name }, pathEntry(path.join(root, 'newcomers', name)))),
  };
}

async function surroundWithOurs(root: string, count: number, holder: Worker<HolderQuestions>): Promise<void> {
  const acquired = Math.min(count, mostAcquired);
  const scopes = Array.from({ length: acquired }, (_, i) => fileOf(i));
  const [first = ''] = await holder.ask('hold', { library: libraryFile, root, holder: 'other', scopes });
  const model = readModel(first);
  const folder = path.dirname(first);
  for (let i = acquired; i < count; i++) {
    fs.writeFileSync(path.join(folder, recordName(randomUUID())), encodeRecord(withScope(model, scopeOf(root, i))));
  }
}

type OurRecord = LockRecord & { readonly extra: Extra; readonly startedAt: number };

function readModel(file: string): OurRecord {
  const decoded = decodeRecord(fs.readFileSync(file));
  if (decoded.kind === 'malformed') throw new Error(`${file}: ${decoded.problem}`);
  const { extra, startedAt } = decoded.record;
  if (extra === undefined || startedAt === undefined) throw new Error(`${file} is no record of ours.`);
  return { ...decoded.record, extra, startedAt };
}

function withScope(model: OurRecord, entry: ScopeEntry): OurRecord {
  const extra = { ...model.extra, id: randomUUID() as LockId, scope: [entry] };
  const paths = entry.kind === 'path' ? [entry.path] : entry.kind === 'glob' ? [entry.base] : [];
  return { ...model, paths, extra };
}

/** Files, folders, patterns and names, as people have them; no two overlap. */
function scopeOf(root: string, i: number): ScopeEntry {
  const folder = path.join(root, 'src', `p${i % 100}`);
  switch (i % 10) {
    case 6:
    case 7:
      return pathEntry(path.join(folder, `folder${i}`));
    case 8:
      return globEntry(path.join(folder, `glob${i}`), '**/*.ts');
    case 9:
      return nameEntry(`session-${i}`);
    default:
      return pathEntry(path.join(root, fileOf(i)));
  }
}

/** The file that the lock of this number covers, relative to the root. */
export function fileOf(i: number): string {
  return path.join('src', `p${i % 100}`, i % 10 === 8 ? path.join(`glob${i}`, 'file.ts') : `file${i}.ts`);
}

function loopRecord(root: string, i: number, pid: number): string {
  return JSON.stringify({
    loop_name: `other-${i}`,
    scope: [path.join(root, 'src', `p${i % 100}`, `file${i}.ts`)],
    pid,
    started_at: new Date().toISOString().replace('Z', '000+00:00'),
  });
}

function write(folder: string, count: number, fileAt: (i: number) => readonly [name: string, text: string]): void {
  fs.mkdirSync(folder, { recursive: true });
  for (let i = 0; i < count; i++) {
    const [name, text] = fileAt(i);
    fs.writeFileSync(path.join(folder, name), text);
  }
}

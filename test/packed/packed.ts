/** The package as `npm pack` makes it, and installs of it into prefixes of their own. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm, npmEnvironment } from '../setup/npm.mjs';
import { onPath } from '../setup/onPath.mjs';

export const repository = fileURLToPath(new URL('../..', import.meta.url));

/** What there is on a machine without a compiler: npm, a shell, the program behind the portable kernel lock. */
const bareMachine = ['npm', 'env', 'sh', 'flock'];

export async function pack(folder: string): Promise<string> {
  await npm(['pack', '--pack-destination', folder], { cwd: repository });
  const [tarball = ''] = fs.readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  return path.join(folder, tarball);
}

/** Every file of the tarball, relative to the package. */
export function filesIn(tarball: string): readonly string[] {
  const listed = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' });
  return listed.split('\n').flatMap((line) => (line === '' ? [] : [line.replace(/^package\//, '')]));
}

/** A folder with links to a few programs, to be the whole PATH. */
export function makeBarePath(folder: string): string {
  fs.mkdirSync(folder);
  for (const name of bareMachine) {
    const file = onPath(name);
    if (file === undefined) throw new Error(`${name} is needed and was not found on PATH.`);
    fs.symlinkSync(file, path.join(folder, name));
  }
  fs.symlinkSync(process.execPath, path.join(folder, 'node'));
  return folder;
}

export interface Installed {
  /** `bin/wlock`, as a shell finds it. */
  readonly wlock: string;
  /** Folder of the package. */
  readonly folder: string;
}

/** `npm install --global` of the tarball into an empty prefix. */
export async function installInto(prefix: string, barePath: string, words: readonly string[]): Promise<Installed> {
  fs.mkdirSync(prefix);
  const env = { ...npmEnvironment(), PATH: barePath };
  await npm(['install', '--global', '--prefix', prefix, ...words], { cwd: prefix, env });
  return {
    wlock: path.join(prefix, 'bin', 'wlock'),
    folder: path.join(prefix, 'lib', 'node_modules', 'workspace-locks'),
  };
}

// Finds etcd for the tests of locks on a cluster, or unpacks Debian's package. It is never installed: the package's scripts
// would add a user and, where systemd runs, start a service on etcd's usual ports that nobody asked for and that stays.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cacheFolder.mjs';
import { runCommand } from './command.mjs';
import { isExecutable, onPath } from './onPath.mjs';

const packageName = 'etcd-server';

/**
 * Unpacks it once into the cache folder; afterwards only looks.
 * @param {{ say?: (line: string) => void }} [options]
 * @returns {Promise<string>} the program's file
 */
export async function findEtcd({ say = console.log } = {}) {
  const home = join(cacheFolder(), `${packageName}-${process.arch}`);
  const unpacked = join(home, 'usr', 'bin', 'etcd');
  const found = onPath('etcd') ?? [unpacked].find(isExecutable);
  if (found) return found;
  if (existsSync('/etc/debian_version')) {
    say('etcd: unpacking the package of Debian (apt-get download) …');
    await unpackPackage(home);
  }
  if (isExecutable(unpacked)) return unpacked;
  throw new Error(`etcd is needed for the tests of locks on a cluster: install the package ${packageName}.`);
}

/** @param {string} home */
async function unpackPackage(home) {
  const unfinished = `${home}.unfinished-${process.pid}`;
  mkdirSync(unfinished);
  try {
    if (process.getuid?.() === 0) await runCommand('apt-get', ['update']);
    await runCommand('apt-get', ['download', packageName], { cwd: unfinished });
    for (const file of readdirSync(unfinished)) {
      await runCommand('dpkg-deb', ['--extract', file, '.'], { cwd: unfinished });
      rmSync(join(unfinished, file));
    }
    if (!existsSync(home)) renameSync(unfinished, home);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

// Finds libfaketime for the tests of set clocks, or gets Debian's package. It fakes what one process sees of the clock.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './command.mjs';

/**
 * @param {{ say?: (line: string) => void }} [options]
 * @returns {Promise<string>} the library, for LD_PRELOAD
 */
export async function findFaketime({ say = console.log } = {}) {
  const found = installed();
  if (found) return found;
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    say('libfaketime: installing the package of Debian (apt-get) …');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await runCommand('apt-get', ['update'], { env });
    await runCommand('apt-get', ['install', '-y', '--no-install-recommends', 'libfaketime'], { env });
  }
  const now = installed();
  if (now) return now;
  throw new Error('libfaketime is needed for the tests of set clocks: install the package libfaketime or faketime.');
}

function installed() {
  const folders = ['/usr/lib', '/usr/lib64', '/usr/local/lib'].filter((folder) => existsSync(folder));
  const nested = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  return [...folders, ...nested]
    .map((folder) => join(folder, 'faketime', 'libfaketime.so.1'))
    .find((file) => existsSync(file));
}

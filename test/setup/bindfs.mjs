// Finds bindfs for the test of file systems that are not the kernel's own (FUSE), or gets Debian's package.
import { existsSync } from 'node:fs';
import { runCommand } from './command.mjs';
import { onPath } from './onPath.mjs';

/**
 * @param {{ say?: (line: string) => void }} [options]
 * @returns {Promise<string>} the program
 */
export async function findBindfs({ say = console.log } = {}) {
  const found = onPath('bindfs');
  if (found) return found;
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    say('bindfs: installing the package of Debian (apt-get) …');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await runCommand('apt-get', ['update'], { env });
    await runCommand('apt-get', ['install', '-y', '--no-install-recommends', 'bindfs'], { env });
  }
  const now = onPath('bindfs');
  if (now) return now;
  throw new Error('bindfs is needed for the test of FUSE file systems: install the package bindfs.');
}

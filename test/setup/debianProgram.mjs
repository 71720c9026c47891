// Finds a program that a test needs, or gets Debian's package.
import { existsSync } from 'node:fs';
import { runCommand } from './command.mjs';
import { onPath } from './onPath.mjs';

/**
 * @param {string} program
 * @param {string} packageName of Debian
 * @param {string} purpose finishes the sentence "… is needed for "
 * @param {{ say?: (line: string) => void }} [options]
 * @returns {Promise<string>} the program's file
 */
export async function findDebianProgram(program, packageName, purpose, { say = console.log } = {}) {
  const found = onPath(program);
  if (found) return found;
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    say(`${program}: installing the package of Debian (apt-get) …`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await runCommand('apt-get', ['update'], { env });
    await runCommand('apt-get', ['install', '-y', '--no-install-recommends', packageName], { env });
  }
  const now = onPath(program);
  if (now) return now;
  throw new Error(`${program} is needed for ${purpose}: install the package ${packageName}.`);
}

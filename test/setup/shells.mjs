// Finds the shells that wlock completes in, and bash's own completions, or gets Debian's packages.
import { existsSync } from 'node:fs';
import { runCommand } from './command.mjs';
import { onPath } from './onPath.mjs';

/** Completes other programs' words in bash, where it is installed. */
const bashCompletionFile = '/usr/share/bash-completion/bash_completion';

/**
 * @param {{ say?: (line: string) => void }} [options]
 * @returns {Promise<{ bash: string, zsh: string, fish: string, bashCompletionFile: string }>} the programs
 */
export async function findShells({ say = console.log } = {}) {
  if (missing().length > 0 && process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    say(`${missing().join(', ')}: installing the packages of Debian (apt-get) …`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await runCommand('apt-get', ['update'], { env });
    await runCommand('apt-get', ['install', '-y', '--no-install-recommends', ...missing()], { env });
  }
  const [bash, zsh, fish] = ['bash', 'zsh', 'fish'].map(onPath);
  if (bash && zsh && fish && missing().length === 0) return { bash, zsh, fish, bashCompletionFile };
  throw new Error(`The tests of shell completion need the packages ${missing().join(', ')}: install them.`);
}

function missing() {
  const shells = ['bash', 'zsh', 'fish'].filter((name) => onPath(name) === undefined);
  return existsSync(bashCompletionFile) ? shells : [...shells, 'bash-completion'];
}

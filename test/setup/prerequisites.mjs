// What has to be on the machine before anything can be installed.
import { spawnSync } from 'node:child_process';

const oldestNode = 20;

/** @returns {string[]} one sentence for each missing thing; empty when all is there */
function missingPrerequisites() {
  const missing = [];
  if (Number.parseInt(process.versions.node, 10) < oldestNode) {
    missing.push(`Node.js ${oldestNode} or newer is needed; this is ${process.version} (https://nodejs.org).`);
  }
  if (!answers('git', ['--version'])) missing.push('git is needed and was not found on PATH (https://git-scm.com).');
  if (!answers('python3', ['-c', 'import sys, fcntl; sys.exit(sys.version_info < (3, 8))'])) {
    missing.push(
      'python3, 3.8 or newer, is needed for the outside loops and was not found on PATH (https://python.org).',
    );
  }
  return missing;
}

/**
 * @throws when something is missing: the message names each in one sentence
 */
export function requirePrerequisites() {
  const missing = missingPrerequisites();
  if (missing.length > 0) throw new Error(missing.join('\n'));
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
function answers(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { LockError, messageOf } from '../../core/errors.ts';

const mostBytes = 256 * 1024 * 1024;

/** What git prints, without the last line's end. @throws LockError `usage` outside of a repository, or without git */
export async function git(words: readonly string[], cwd: string): Promise<string> {
  try {
    // What a hook is run with says which index and which directory git means.
    const { stdout } = await promisify(execFile)('git', [...words], { cwd, maxBuffer: mostBytes });
    return stdout.replace(/\n$/, '');
  } catch (error) {
    throw new LockError(
      'usage',
      `git ${words[0] ?? ''} failed: ${saidBy(error)}`,
      'Run it inside a git repository, with git on the PATH.',
      { cause: error },
    );
  }
}

function saidBy(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  return said === '' ? messageOf(error) : said;
}

import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where downloads for the tests stay between runs: outside the repository, so that a fresh clone finds them again. */
export function cacheFolder() {
  const folder =
    process.env['WLOCK_TEST_CACHE'] ||
    join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'workspace-locks');
  mkdirSync(folder, { recursive: true });
  return folder;
}

import * as fs from 'node:fs';
import * as path from 'node:path';
import { LockError, messageOf, systemErrorCode } from '../core/errors.ts';

const defaultLoopsDir = '.loops';

/** Configuration of little-loops, relative to the root (PROTOCOLS 1.1). */
export const configFile = path.join('.ll', 'll-config.json');

/**
 * Where little-loops keeps its loops, below the root: key `loops.loops_dir` of its configuration. It must lie inside
 * the root, because the file is only as trusted as the repository that it came with (DESIGN 9).
 */
export function loopsDirectory(root: string): string {
  const file = path.join(root, configFile);
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return defaultLoopsDir;
    throw unusable(file, messageOf(error));
  }
  const configured = readLoopsDir(file, text);
  if (configured === undefined) return defaultLoopsDir;
  const below = path.relative(root, path.resolve(root, configured));
  if (below === '..' || below.startsWith(`..${path.sep}`) || path.isAbsolute(below)) {
    throw unusable(file, `loops.loops_dir is ${JSON.stringify(configured)}, which leads out of the workspace`);
  }
  return configured;
}

function readLoopsDir(file: string, text: string): string | undefined {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (error) {
    throw unusable(file, messageOf(error));
  }
  const loops = property(config, 'loops');
  const value = property(loops, 'loops_dir');
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
  throw unusable(file, 'loops.loops_dir is not a path');
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

/** Guessing another directory would take locks that little-loops does not see. */
function unusable(file: string, problem: string): LockError {
  return new LockError(
    'bad-configuration',
    `${file} cannot be used: ${problem}.`,
    'Correct the file; no lock was touched.',
  );
}

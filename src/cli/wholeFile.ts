import * as fs from 'node:fs';
import * as path from 'node:path';
import { systemErrorCode } from '../core/errors.ts';
import { realpath } from '../os/paths.ts';

/**
 * Writes another program's file, whole under its name at once: that program may read it at any moment. A link stays one, and
 * without `mode` the file keeps its own.
 */
export function writeWhole(file: string, text: string, options: { readonly mode?: number } = {}): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const target = realpath(file) ?? linkTarget(file) ?? file;
  const mode = options.mode ?? permissionsOf(target);
  const unfinished = `${target}.wlock-${process.pid}`;
  try {
    fs.writeFileSync(unfinished, text, { flag: 'wx' });
    if (mode !== undefined) fs.chmodSync(unfinished, mode);
    fs.renameSync(unfinished, target);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') fs.rmSync(unfinished, { force: true });
    throw error;
  }
}

/** Where a link leads that leads to nothing yet. */
function linkTarget(file: string): string | undefined {
  const isLink = fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink ? path.resolve(path.dirname(file), fs.readlinkSync(file)) : undefined;
}

function permissionsOf(file: string): number | undefined {
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  return stats && stats.mode & 0o7777;
}

/** `install` and `uninstall`: show the change of a settings file, ask, and make it. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { escapeForDisplay } from '../../core/display.ts';
import { LockError, messageOf, systemErrorCode } from '../../core/errors.ts';
import { confirm } from '../confirm.ts';
import { exitCode, printJson, type Context, type ExitCode } from '../context.ts';
import { lineDiff } from '../lineDiff.ts';
import { writeWhole } from '../wholeFile.ts';
import { isEmptySettings, isOursAlone, UnfitSettings, withHooks, withoutHooks } from './settingsText.ts';

export interface Change {
  readonly what: 'install' | 'uninstall';
  readonly local?: true;
  readonly user?: true;
  readonly acquire?: true;
  readonly yes: boolean;
}

const longestLine = 2_000;
const byteOrderMark = '\u{feff}';

export async function changeSettings(context: Context, change: Change): Promise<ExitCode> {
  const { streams, json } = context;
  const file = settingsFile(context, change);
  const before = readSettings(file);
  const after = changed(file, before, change);
  if (after === (before ?? '')) {
    if (json) printJson(streams, { ok: true, file, changed: false });
    else
      streams.err(`${change.what === 'install' ? 'Already installed in' : 'Nothing to take out of'} ${shown(file)}.\n`);
    return exitCode.done;
  }
  assertWritable(file);
  // Whether a file was there before us with nothing in it, nobody knows: it stays.
  const isOver = change.what === 'uninstall' && before !== undefined && isOursAlone(before) && !isLink(file);
  if (!json) streams.err(`${shown(file)}:\n${shown(lineDiff(before ?? '', isOver ? '' : after))}`);
  const question = {
    needs: `This change of ${file} needs a confirmation; nothing was changed.`,
    shows: '',
    asks: 'Type yes to make this change: ',
  };
  if (!change.yes && !(await confirm(question, context))) {
    streams.err('Nothing was changed.\n');
    return exitCode.failure;
  }
  // Claude Code writes it too, when its user allows something for good, and had all the time of the question for that.
  if (readSettings(file) !== before) throw unfit(file, 'somebody else has just changed it');
  if (isOver) fs.unlinkSync(file);
  else writeWhole(file, after);
  if (json) printJson(streams, { ok: true, file, changed: true });
  else streams.err(change.what === 'install' ? 'Installed: it counts for sessions that begin now.\n' : 'Taken out.\n');
  return exitCode.done;
}

/** Where Claude Code looks for settings of this kind. */
function settingsFile({ manager }: Context, { local, user }: Change): string {
  const home = process.env['CLAUDE_CONFIG_DIR'];
  if (user)
    return path.join(home === undefined || home === '' ? path.join(os.homedir(), '.claude') : home, 'settings.json');
  return path.join(manager.root.path, '.claude', local ? 'settings.local.json' : 'settings.json');
}

function changed(file: string, before: string | undefined, { what, acquire }: Change): string {
  try {
    if (what === 'install') return withHooks(before ?? '', { acquire: acquire ?? false });
    return before === undefined || isEmptySettings(before) ? (before ?? '') : withoutHooks(before);
  } catch (error) {
    if (error instanceof UnfitSettings) throw unfit(file, error.message);
    throw error;
  }
}

/** Undefined where there is no file, or a link to none. */
function readSettings(file: string): string | undefined {
  const text = decoded(file);
  if (text?.startsWith(byteOrderMark)) throw unfit(file, 'it begins with a byte order mark (U+FEFF)');
  return text;
}

function decoded(file: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(fs.readFileSync(file));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw unfit(file, messageOf(error));
  }
}

/** Its owner has taken the right away, which a new file in its place would not heed. */
function assertWritable(file: string): void {
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  if (stats && (stats.mode & 0o200) === 0) throw unfit(file, 'it is read-only, also for its owner');
}

function isLink(file: string): boolean {
  return fs.lstatSync(file).isSymbolicLink();
}

function unfit(file: string, problem: string): LockError {
  return new LockError(
    'bad-configuration',
    `${file} cannot be changed: ${problem}.`,
    'Nothing was changed. Correct the file, and run this again.',
  );
}

/** The text is the file's; its lines and tabs stay. */
function shown(text: string): string {
  return text.replace(/[^\n\t]+/g, (part) => escapeForDisplay(part.replace(/\r$/, ''), longestLine));
}

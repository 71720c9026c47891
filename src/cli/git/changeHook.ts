import * as fs from 'node:fs';
import * as path from 'node:path';
import { LockError } from '../../core/errors.ts';
import { shellWord } from '../../core/shellWord.ts';
import { exitCode, printJson, type Context, type ExitCode } from '../context.ts';
import { lineDiff } from '../lineDiff.ts';
import { writeWhole } from '../wholeFile.ts';
import { git } from './git.ts';
import { isEmptyHook, withGuard, withoutGuard } from './hookFile.ts';
import type { HookName } from './hookNames.ts';

/** Shows what it changes; what stands in the hook besides stays as it is. */
export async function changeHook(context: Context, hook: HookName, what: 'install' | 'uninstall'): Promise<ExitCode> {
  const { streams, json, cwd } = context;
  if (what === 'install' && (await git(['rev-parse', '--is-bare-repository'], cwd)) === 'true') {
    throw new LockError(
      'not-supported',
      'This repository is bare: nobody commits in it, and it has no files that could be locked.',
      'Run it in a working tree.',
    );
  }
  const folder = path.resolve(cwd, await git(['rev-parse', '--git-path', 'hooks'], cwd));
  const file = path.join(folder, hook);
  const before = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
  const after = what === 'install' ? withGuard(before, hook) : withoutGuard(before ?? '');
  if (after === undefined) {
    throw new LockError(
      'not-supported',
      `${file} is no shell script, so lines of ours would break it.`,
      'Call `wlock guard` from it yourself, and end with a failure where that fails.',
    );
  }
  if (what === 'install' && before !== undefined && !isExecutable(file)) {
    throw new LockError(
      'not-supported',
      `${file} is not executable, so git ignores it; nothing was changed.`,
      `Somebody has switched it off. To switch it on, with all that stands in it: chmod +x ${shellWord(file)}`,
    );
  }
  if (after !== (before ?? '')) {
    if (what === 'uninstall' && isEmptyHook(after)) fs.unlinkSync(file);
    else writeWhole(file, after, before === undefined ? { mode: 0o755 } : {});
  }
  if (json) printJson(streams, { ok: true, file, changed: after !== (before ?? '') });
  else
    streams.err(
      after === (before ?? '') ? `Nothing to change in ${file}.\n` : `${file}:\n${lineDiff(before ?? '', after)}`,
    );
  return exitCode.done;
}

function isExecutable(file: string): boolean {
  return (fs.statSync(file).mode & 0o111) !== 0;
}

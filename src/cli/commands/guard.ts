import * as fs from 'node:fs';
import * as path from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { Argument, Option } from 'commander';
import { LockError } from '../../core/errors.ts';
import type { Lock } from '../../core/lock.ts';
import { describeEntry } from '../../core/scope/describeEntry.ts';
import type { ScopeEntry } from '../../core/scope/entry.ts';
import { lockJson } from '../../manager/lockJson.ts';
import type { CommandHost } from '../commandHost.ts';
import { exitCode, printJson, type Context, type ExitCode } from '../context.ts';
import { pushedPaths, stagedPaths } from '../git/changedPaths.ts';
import { git } from '../git/git.ts';
import { hookNames, isEmptyHook, snippets, withGuard, withoutGuard, type HookName } from '../git/hookFile.ts';
import { locksText } from '../lockText.ts';

interface Options {
  readonly push?: string;
}

interface HookOptions {
  readonly hook: HookName;
}

/** People look at the first ones; the rest are in `--json`. */
const mostShown = 20;

export function guardCommand({ program, run }: CommandHost): void {
  const guard = program
    .command('guard')
    .description('refuse a commit or a push that changes files that somebody else has locked; exit code 3 then')
    .option('--push <remote>', 'what a push would change, as a pre-push hook is told on stdin; else what is staged')
    .addHelpText(
      'after',
      '\nwlock guard install puts it into the repository’s pre-commit hook; wlock guard snippet husky prints what another hook manager wants.',
    )
    .action(async (options: Options) => {
      await run(guard, (context) => check(context, options));
    });
  const hook = new Option('--hook <name>', 'which hook').choices(hookNames).default('pre-commit');
  const install = guard
    .command('install')
    .description('put it into a git hook, beside what stands there')
    .addOption(hook)
    .action(async (options: HookOptions) => {
      await run(install, (context) => change(context, options.hook, 'install'));
    });
  const uninstall = guard
    .command('uninstall')
    .description('take it out of a git hook')
    .addOption(hook)
    .action(async (options: HookOptions) => {
      await run(uninstall, (context) => change(context, options.hook, 'uninstall'));
    });
  const snippet = guard
    .command('snippet')
    .description('print what another manager of hooks wants')
    .addArgument(new Argument('<manager>', 'which one').choices(Object.keys(snippets)))
    .action(async (manager: keyof typeof snippets) => {
      await run(snippet, (context) => Promise.resolve(print(context, manager)));
    });
}

async function check({ manager, streams, json, cwd }: Context, { push }: Options): Promise<ExitCode> {
  const paths =
    push === undefined ? await stagedPaths(cwd) : await pushedPaths(await readAll(process.stdin), push, cwd);
  await manager.refresh();
  // A file outside of our root has no lock that we know of.
  const inside = paths.filter((file) => isBelow(file, manager.root.path));
  const locked: { readonly entry: ScopeEntry; readonly locks: readonly Lock[] }[] = [];
  for (const file of inside) {
    const scope = manager.readScope([{ as: 'path', text: file }]);
    const locks = (await manager.blockersOf(scope)).filter(({ mine }) => !mine);
    const [entry] = scope;
    if (entry && locks.length > 0) locked.push({ entry, locks });
  }
  if (json) {
    const files = locked.map(({ entry, locks }) => ({ scope: entry, locks: locks.map(lockJson) }));
    printJson(streams, { root: manager.root.path, locked: locked.length > 0, checked: paths.length, files });
  } else if (locked.length > 0) {
    const names = locked.slice(0, mostShown).map(({ entry }) => `  ${describeEntry(entry, manager.root.path)}\n`);
    const more = locked.length > mostShown ? `  and ${locked.length - mostShown} more\n` : '';
    const locks = [...new Set(locked.flatMap((each) => each.locks))];
    streams.err(
      `wlock guard: ${locked.length} of ${paths.length} changed files are locked by somebody else:\n${names.join('')}${more}` +
        locksText(locks, manager.root.path, manager.os.now()) +
        `Wait until they are free (wlock wait), leave these files out, or skip the check: git ${push === undefined ? 'commit' : 'push'} --no-verify\n`,
    );
  }
  if (manager.problem) streams.err(`wlock guard: ${manager.problem.message}\n`);
  return locked.length > 0 ? exitCode.conflict : exitCode.done;
}

/** Shows what it changes; what stands in the hook besides stays as it is. */
async function change(context: Context, hook: HookName, what: 'install' | 'uninstall'): Promise<ExitCode> {
  const { streams, json, cwd } = context;
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
  if (after !== (before ?? '')) write(file, after, what);
  if (json) printJson(streams, { ok: true, file, changed: after !== (before ?? '') });
  else
    streams.err(
      after === (before ?? '') ? `Nothing to change in ${file}.\n` : `${file}:\n${changedLines(before ?? '', after)}`,
    );
  return exitCode.done;
}

/** Whole under its name at once: git may run the hook at any moment. */
function write(file: string, text: string, what: 'install' | 'uninstall'): void {
  if (what === 'uninstall' && isEmptyHook(text)) {
    fs.unlinkSync(file);
    return;
  }
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const target = fs.existsSync(file) ? fs.realpathSync(file) : file; // a link stays one
  const unfinished = `${target}.wlock-${process.pid}`;
  fs.writeFileSync(unfinished, text, { mode: 0o755 });
  fs.chmodSync(unfinished, 0o755);
  fs.renameSync(unfinished, target);
}

function changedLines(before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const gone = old.filter((line) => !now.includes(line)).map((line) => `- ${line}\n`);
  const come = now.filter((line) => !old.includes(line)).map((line) => `+ ${line}\n`);
  return [...gone, ...come].join('');
}

function print({ streams, json }: Context, manager: keyof typeof snippets): ExitCode {
  const snippet = snippets[manager];
  if (json) printJson(streams, { ok: true, ...snippet });
  else streams.out(`# ${snippet.file}\n${snippet.text}`);
  return exitCode.done;
}

function isBelow(file: string, root: string): boolean {
  const relative = path.relative(root, file);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

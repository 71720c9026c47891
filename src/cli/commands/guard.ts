import { Argument, Option } from 'commander';
import type { CommandHost } from '../commandHost.ts';
import { exitCode, printJson, type Context, type ExitCode } from '../context.ts';
import { hookNames, type HookName } from '../git/hookNames.ts';
import { snippets } from '../git/snippets.ts';

interface Options {
  readonly push?: string;
}

interface HookOptions {
  readonly hook: HookName;
}

/** Each body is loaded when it is needed: most commands never need it. */
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
      await run(guard, async (context) => {
        const { checkChanges } = await import('../git/checkChanges.ts');
        return await checkChanges(context, options.push);
      });
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

async function change(context: Context, hook: HookName, what: 'install' | 'uninstall'): Promise<ExitCode> {
  const { changeHook } = await import('../git/changeHook.ts');
  return await changeHook(context, hook, what);
}

function print({ streams, json }: Context, manager: keyof typeof snippets): ExitCode {
  const snippet = snippets[manager];
  if (json) printJson(streams, { ok: true, ...snippet });
  else streams.out(`# ${snippet.file}\n${snippet.text}`);
  return exitCode.done;
}

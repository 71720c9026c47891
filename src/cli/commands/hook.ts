import { Option } from 'commander';
import type { CommandHost } from '../commandHost.ts';
import { parsePid } from '../duration.ts';

interface EventOptions {
  readonly acquire: boolean;
  readonly pid?: number;
}

interface ChangeOptions {
  readonly local?: true;
  readonly user?: true;
  readonly acquire?: true;
  readonly yes: boolean;
}

/** Each body is loaded when it is needed: most commands never need it. */
export function hookCommand({ program, run, runAlone }: CommandHost): void {
  const hook = program.command('hook').description('keep an agent’s edits off files that somebody else has locked');
  const claudeCode = hook
    .command('claude-code')
    .description('answer an event of Claude Code, which comes on stdin; Claude Code runs it')
    .option('--acquire', 'lock each file for the session before its first edit', false)
    .option('--pid <pid>', 'the agent’s process (default: the nearest above us that is no shell)', parsePid)
    .addHelpText('after', '\nwlock hook claude-code install puts it into the settings of Claude Code.')
    .action(async (options: EventOptions) => {
      await runAlone(claudeCode, async (alone) => {
        const { answerClaudeCode } = await import('../claude/answerClaudeCode.ts');
        return await answerClaudeCode({ ...options, ...alone });
      });
    });
  const local = new Option('--local', 'only for you: .claude/settings.local.json').conflicts('user');
  const user = new Option('--user', 'in all of your workspaces: ~/.claude/settings.json');
  const install = claudeCode
    .command('install')
    .description('put it into .claude/settings.json, beside what stands there')
    .addOption(local)
    .addOption(user)
    .option('--acquire', 'lock each file for the session before its first edit')
    .option('--yes', 'do not ask', false)
    .action(async (options: ChangeOptions) => {
      await run(install, async (context) => {
        const { changeSettings } = await import('../claude/changeSettings.ts');
        return await changeSettings(context, { ...options, what: 'install' });
      });
    });
  const uninstall = claudeCode
    .command('uninstall')
    .description('take it out of there')
    .addOption(local)
    .addOption(user)
    .option('--yes', 'do not ask', false)
    .action(async (options: ChangeOptions) => {
      await run(uninstall, async (context) => {
        const { changeSettings } = await import('../claude/changeSettings.ts');
        return await changeSettings(context, { ...options, what: 'uninstall' });
      });
    });
}

/** All commands of the extension, and the panel that one of them opens: one table, one way to report what went wrong. Each is loaded when it is first called. */
import * as vscode from 'vscode';
import { LockError, messageOf } from '../../core/errors.ts';
import { ScopeError } from '../../core/scope/scopeError.ts';
import { activityPanelType, commandIds } from '../ids.ts';
import type { CommandContext } from './commandContext.ts';
import { showDiagnosis } from './diagnose.ts';

type Handler = (context: CommandContext, clicked: unknown, selection: unknown) => Promise<void>;

type Name = keyof typeof commandIds;

const elsewhere = {
  refresh: (context) => context.folders.refresh(),
  diagnose: showDiagnosis,
  showActivity: async (context) => (await import('../activity/activityPanel.ts')).showActivity(context),
} satisfies Partial<Record<Name, Handler>>;

async function handlerOf(name: Name): Promise<Handler> {
  if (isElsewhere(name)) return elsewhere[name];
  const handlers: Readonly<Record<Exclude<Name, keyof typeof elsewhere>, Handler>> = await import('./handlers.ts');
  return handlers[name];
}

function isElsewhere(name: Name): name is keyof typeof elsewhere {
  return name in elsewhere;
}

export function registerCommands(context: CommandContext): vscode.Disposable {
  const names = Object.keys(commandIds) as Name[];
  return vscode.Disposable.from(
    vscode.window.registerWebviewPanelSerializer(activityPanelType, {
      async deserializeWebviewPanel(panel) {
        (await import('../activity/activityPanel.ts')).restoreActivity(context, panel);
      },
    }),
    ...names.map((name) =>
      vscode.commands.registerCommand(commandIds[name], async (clicked: unknown, selection: unknown) => {
        try {
          await (
            await handlerOf(name)
          )(context, clicked, selection);
        } catch (error) {
          context.log.error(`${commandIds[name]} failed`, error);
          await context.dialogs().warn(failureText(error), []);
        }
      }),
    ),
  );
}

function failureText(error: unknown): string {
  if (error instanceof LockError || error instanceof ScopeError) return `${error.message} ${error.hint}`;
  return vscode.l10n.t('Something went wrong: {0} The log of Workspace Locks has the details.', messageOf(error));
}

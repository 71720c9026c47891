/** All commands of the extension, and the panel that one of them opens: one table, one way to report what went wrong. Each is loaded when it is first called. */
import * as vscode from 'vscode';
import { LockError, messageOf } from '../../core/errors.ts';
import { ScopeError } from '../../core/scope/scopeError.ts';
import { activityPanelType, commandIds } from '../ids.ts';
import type { CommandContext } from './commandContext.ts';
import { showDiagnosis } from './diagnose.ts';

type Handler = (context: CommandContext, clicked: unknown, selection: unknown) => Promise<void>;

const handlers: Readonly<Record<keyof typeof commandIds, Handler>> = {
  acquire: async (...clicked) => (await import('./handlers.ts')).acquire(...clicked),
  acquireWithSight: async (...clicked) => (await import('./handlers.ts')).acquireWithSight(...clicked),
  renew: async (...clicked) => (await import('./handlers.ts')).renew(...clicked),
  release: async (...clicked) => (await import('./handlers.ts')).release(...clicked),
  reap: async (...clicked) => (await import('./handlers.ts')).reap(...clicked),
  forceRelease: async (...clicked) => (await import('./handlers.ts')).forceRelease(...clicked),
  revealLockFile: async (...clicked) => (await import('./handlers.ts')).revealLockFile(...clicked),
  copyLockCard: async (...clicked) => (await import('./handlers.ts')).copyLockCard(...clicked),
  refresh: (context) => context.folders.refresh(),
  showLocks: async (context, clicked) => (await import('./handlers.ts')).showLocks(context, clicked),
  diagnose: showDiagnosis,
  openScope: async (context, clicked) => (await import('./handlers.ts')).openScope(context, clicked),
  groupLocks: async (context) => (await import('./handlers.ts')).groupLocks(context),
  sortLocks: async (context) => (await import('./handlers.ts')).sortLocks(context),
  filterLocks: async (context) => (await import('./handlers.ts')).filterLocks(context),
  showAllLocks: async (context) => (await import('./handlers.ts')).showAllLocks(context),
  showConflicts: async (context) => (await import('./handlers.ts')).showConflicts(context),
  openConfiguration: async (context) => (await import('./handlers.ts')).openConfiguration(context),
  showActivity: async (context) => (await import('../activity/activityPanel.ts')).showActivity(context),
};

export function registerCommands(context: CommandContext): vscode.Disposable {
  const names = Object.keys(commandIds) as (keyof typeof commandIds)[];
  return vscode.Disposable.from(
    vscode.window.registerWebviewPanelSerializer(activityPanelType, {
      async deserializeWebviewPanel(panel) {
        (await import('../activity/activityPanel.ts')).restoreActivity(context, panel);
      },
    }),
    ...names.map((name) =>
      vscode.commands.registerCommand(commandIds[name], async (clicked: unknown, selection: unknown) => {
        try {
          await handlers[name](context, clicked, selection);
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

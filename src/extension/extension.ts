/**
 * Start here: the composition root of the VS Code shell. State flows one way: a file event → the manager reads again →
 * `LockedFolders` merges the snapshots → tree, badges, editor marks and status bar draw that picture.
 */
import * as vscode from 'vscode';
import { registerAgentAccess } from './agents/agentAccess.ts';
import { DiagnosisDocument } from './commands/diagnose.ts';
import { ClusterAccount } from './cluster/clusterAccount.ts';
import { registerCommands } from './commands/register.ts';
import type { ActivitySlot, CommandContext } from './commands/commandContext.ts';
import { windowDialogs, type Dialogs } from './dialogs.ts';
import { DisposableStore } from './disposables.ts';
import { EditGuard } from './editing/editGuard.ts';
import { LockedFolders } from './lockedFolders.ts';
import { reportLosses } from './lossReport.ts';
import { MenuContext } from './menuContext.ts';
import type { TerminalCommand } from './terminal/terminalCommand.ts';
import { EditorMarks } from './views/editorMarks.ts';
import { ExplorerMarks } from './views/explorerMarks.ts';
import { LockTree } from './views/lockTree.ts';
import { StatusItem } from './views/statusItem.ts';
import { WindowLocks } from './windowLocks.ts';

declare const WLOCK_VERSION: string;

/** How often ages are drawn anew, while somebody looks. */
const ageTickMs = 30_000;

/** What integration tests look at. */
export interface ExtensionApi {
  readonly folders: LockedFolders;
  readonly windowLocks: WindowLocks;
  readonly tree: LockTree;
  readonly explorerMarks: ExplorerMarks;
  readonly statusItem: StatusItem;
  readonly activity: ActivitySlot;
  readonly terminalCommand: Promise<TerminalCommand>;
  /** Answers questions in place of the person. */
  answerWith(dialogs: Partial<Dialogs>): void;
}

export function activate(extension: vscode.ExtensionContext): ExtensionApi {
  const { subscriptions, extensionUri, workspaceState } = extension;
  const log = vscode.window.createOutputChannel('Workspace Locks', { log: true });
  const store = new DisposableStore();
  subscriptions.push(store, log);
  let dialogs = windowDialogs;

  const keeperFile = vscode.Uri.joinPath(extensionUri, 'dist', 'keeper.cjs').fsPath;
  const windowLocks = store.add(new WindowLocks(keeperFile, log));
  const account = store.add(new ClusterAccount(extension.secrets));
  const folders = store.add(new LockedFolders(windowLocks, account, log));
  const tree = store.add(new LockTree(folders, workspaceState));
  const explorerMarks = store.add(new ExplorerMarks(folders));
  store.add(new EditorMarks(folders, vscode.Uri.joinPath(extensionUri, 'media')));
  const statusItem = store.add(new StatusItem(folders));
  store.add(new MenuContext(folders, explorerMarks));
  const terminalCommand = import('./terminal/terminalCommand.ts').then((loaded) =>
    store.add(new loaded.TerminalCommand(extension, log)),
  );
  terminalCommand.catch((error: unknown) => log.error('Terminals of this window have no wlock', error));
  const diagnosisDocument = store.add(new DiagnosisDocument(folders));
  const activity: ActivitySlot = { panel: undefined };
  const context: CommandContext = {
    folders,
    windowLocks,
    account,
    tree,
    diagnosisDocument,
    activity,
    waits: new Set(),
    extensionUri,
    version: WLOCK_VERSION,
    log,
    dialogs: () => dialogs,
  };
  store.add(registerCommands(context));
  store.add(registerAgentAccess(context));
  store.add(reportLosses(context));
  store.add(new EditGuard(context, workspaceState));
  store.add(
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) folders.refresh().catch((error: unknown) => log.error('Refresh on focus failed', error));
    }),
  );

  // Ages change without events, and nobody needs them who does not see the tree.
  const ticker = setInterval(() => {
    if (vscode.window.state.focused && tree.view.visible && folders.picture.locks.length > 0) folders.redraw();
  }, ageTickMs);
  store.add({ dispose: () => clearInterval(ticker) });
  store.add(tree.view.onDidChangeVisibility(({ visible }) => visible && folders.redraw()));

  // Not awaited: VS Code waits for activate, and everything above draws an empty picture until this has read the disk.
  folders
    .ready()
    .then(() => windowLocks.takeOver(() => folders.managers))
    .catch((error: unknown) => log.error('Taking over the locks from before the reload failed', error));

  return {
    folders,
    windowLocks,
    tree,
    explorerMarks,
    statusItem,
    activity,
    terminalCommand,
    answerWith: (answers) => {
      dialogs = { ...windowDialogs, ...answers };
    },
  };
}

/** Activity: who held what, who waited and where it is tight, over time. One panel a window; loaded when it is first shown. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { escapeForDisplay } from '../../core/display.ts';
import { messageOf } from '../../core/errors.ts';
import type { CommandContext } from '../commands/commandContext.ts';
import { DisposableStore } from '../disposables.ts';
import { activityPanelType } from '../ids.ts';
import { ranges, type ActivityMessage, type Range, type RangeMessage } from './activityMessage.ts';
import { sectionOf } from './activitySection.ts';
import { pageHtml } from './pageHtml.ts';

/** A burst of changes is drawn once; long enough for the journal's line of a change to have been written. */
const settleMs = 250;

/** Refusals change no lock, and time goes on: read again so often, while somebody looks. */
const tickMs = 10_000;

export function showActivity(context: CommandContext): void {
  const { panel } = context.activity;
  if (panel) panel.reveal();
  else {
    closeUnrestored();
    const title = vscode.l10n.t('Lock Activity');
    const made = vscode.window.createWebviewPanel(activityPanelType, title, vscode.ViewColumn.Active);
    context.activity.panel = new ActivityPanel(made, context);
  }
}

/** A panel behind another tab is restored after a reload only when somebody shows it; until then it would be a second one. */
function closeUnrestored(): void {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const old = tabs.filter(
    ({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(activityPanelType),
  );
  if (old.length > 0) void vscode.window.tabGroups.close(old);
}

/** After a reload of the window. */
export function restoreActivity(context: CommandContext, panel: vscode.WebviewPanel): void {
  if (context.activity.panel) panel.dispose();
  else context.activity.panel = new ActivityPanel(panel, context);
}

export class ActivityPanel {
  readonly #panel: vscode.WebviewPanel;
  readonly #context: CommandContext;
  readonly #store = new DisposableStore();
  #range: Range = 'day';
  #settling: NodeJS.Timeout | undefined;
  #sending = false;
  /** Something may have changed since the last reading began. */
  #sendAgain = false;
  #shown: ActivityMessage | undefined;

  constructor(panel: vscode.WebviewPanel, context: CommandContext) {
    const { webview } = panel;
    const files = vscode.Uri.joinPath(context.extensionUri, 'dist');
    const media = vscode.Uri.joinPath(context.extensionUri, 'media');
    this.#panel = panel;
    this.#context = context;
    webview.options = { enableScripts: true, localResourceRoots: [files, media] };
    const ticker = setInterval(() => void this.#send(), tickMs);
    this.#store.add({ dispose: () => clearInterval(ticker) });
    this.#store.add({ dispose: () => clearTimeout(this.#settling) });
    this.#store.add(context.folders.onDidChange(() => this.#sendSoon()));
    this.#store.add(panel.onDidChangeViewState(() => void this.#send()));
    this.#store.add(webview.onDidReceiveMessage((message: unknown) => this.#receive(message)));
    panel.onDidDispose(() => this.#dispose());
    webview.html = pageHtml(webview, {
      script: webview.asWebviewUri(vscode.Uri.joinPath(files, 'activity.js')),
      style: webview.asWebviewUri(vscode.Uri.joinPath(media, 'activity.css')),
    });
  }

  /** What the page was told last; undefined before it has been loaded. */
  get shown(): ActivityMessage | undefined {
    return this.#shown;
  }

  get html(): string {
    return this.#panel.webview.html;
  }

  reveal(): void {
    this.#panel.reveal();
  }

  close(): void {
    this.#panel.dispose();
  }

  /** The page says so when it is loaded, which it is anew each time its tab comes to the front. */
  #receive(message: unknown): void {
    const range = ranges.find((each) => each === (message as Partial<RangeMessage> | undefined)?.range);
    if (range === undefined) return;
    this.#range = range;
    void this.#send();
  }

  #sendSoon(): void {
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      void this.#send();
    }, settleMs);
  }

  /** Never rejects, so it is safe as void. Calls while one is under way share the one that follows it. */
  async #send(): Promise<void> {
    if (!this.#panel.visible) return;
    this.#sendAgain = true;
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#sendAgain) {
        this.#sendAgain = false;
        const message = await this.#read();
        this.#shown = message;
        await this.#panel.webview.postMessage(message);
      }
    } catch (error) {
      this.#context.log.error('The activity cannot be shown', error); // the panel may have been closed meanwhile
    } finally {
      this.#sending = false;
    }
  }

  async #read(): Promise<ActivityMessage> {
    const { folders } = this.#context;
    await folders.ready();
    const range = this.#range;
    const { managers } = folders;
    try {
      const sections = await Promise.all(
        managers.map((manager) =>
          sectionOf(manager, range, managers.length > 1 ? basename(manager.root.path) : undefined),
        ),
      );
      return { range, sections, notes: managers.length === 0 ? [vscode.l10n.t('No folder is open.')] : [] };
    } catch (error) {
      return { range, sections: [], notes: [escapeForDisplay(messageOf(error), 300)] };
    }
  }

  #dispose(): void {
    this.#store.dispose();
    this.#context.activity.panel = undefined;
  }
}

import * as vscode from 'vscode';
import { fileOf } from '../fileOf.ts';

/** So long the active editor must have been the same one: VS Code's commands act on whichever is active when they arrive. */
const standsStillMs = 150;

/** What has outlived the extension host. VS Code itself forgets what is read-only when its window is loaded again. */
interface Kept {
  readonly session: string;
  readonly files: readonly string[];
}

/** What we know of a file: `unknown` where it may have become read-only in another one's stead. */
type State = 'readonly' | 'unknown';

export interface ReadOnlyRules {
  /** Where it is kept over the end of the extension host. */
  readonly memoryKey: string;
  readonly shallBe: (file: vscode.Uri) => boolean;
  /** It has just been made read-only. */
  readonly onSet: (file: vscode.Uri) => void;
}

/**
 * Editors that cannot be written in while somebody else has locked their file. VS Code's two commands act on the active
 * editor only, so each editor is set when it has become active, and set back when it is active and the lock has gone.
 */
export class ReadOnlyEditors {
  readonly #rules: ReadOnlyRules;
  readonly #memory: vscode.Memento;
  readonly #log: vscode.LogOutputChannel;
  readonly #subscriptions: readonly vscode.Disposable[];
  /** Files that are read-only, or may be, by their URI. */
  readonly #states: Map<string, State>;
  /** Files that have been active since the last command was sent. */
  readonly #meanwhile = new Set<string>();
  #settling: NodeJS.Timeout | undefined;
  /** One command after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(rules: ReadOnlyRules, memory: vscode.Memento, log: vscode.LogOutputChannel) {
    this.#rules = rules;
    this.#memory = memory;
    this.#log = log;
    const kept = memory.get<Kept>(rules.memoryKey);
    const files = kept?.session === vscode.env.sessionId ? kept.files : [];
    this.#states = new Map(files.map((file) => [file, 'unknown']));
    const moved = (): void => this.#moved();
    this.#subscriptions = [
      vscode.window.onDidChangeActiveTextEditor(moved),
      vscode.window.tabGroups.onDidChangeTabs(moved),
      vscode.window.tabGroups.onDidChangeTabGroups(moved),
    ];
    this.update();
  }

  /** Something else than the active editor has changed. */
  update(): void {
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      this.#last = this.#last
        .then(() => this.#updateActive())
        .catch((error: unknown) => this.#log.error('Setting an editor read-only failed', error));
    }, standsStillMs);
  }

  /** The others are set back when they are next active, by whoever finds them in the memory. */
  dispose(): void {
    clearTimeout(this.#settling);
    for (const subscription of this.#subscriptions) subscription.dispose();
    const file = activeFile()?.toString();
    if (file !== undefined && this.#states.has(file)) void setActive('unset');
  }

  #moved(): void {
    for (const uri of activeUris()) this.#meanwhile.add(uri);
    clearTimeout(this.#settling);
    this.#settling = undefined;
    this.update();
  }

  async #updateActive(): Promise<void> {
    const uri = activeFile();
    if (!uri) return;
    const file = uri.toString();
    const state = this.#states.get(file);
    let wanted = this.#rules.shallBe(uri);
    // Who has begun to write keeps what he has; the first lock after that is his warning.
    if (wanted && isDirty(file)) {
      if (state !== 'unknown') return;
      wanted = false;
    }
    if (state === (wanted ? 'readonly' : undefined)) return;
    this.#meanwhile.clear();
    await this.#note(file, 'unknown'); // first, so that a crash leaves nothing read-only for ever
    if (activeFile()?.toString() !== file) return; // this is told again when it stands still
    await setActive(wanted ? 'set' : 'unset');
    await new Promise((resolve) => setTimeout(resolve, standsStillMs)); // VS Code tells late what is active
    const others = [...this.#meanwhile, ...activeUris()].filter((each) => each !== file);
    for (const other of others) await this.#note(other, 'unknown'); // it is not known which of them it was
    if (others.length > 0) return this.update();
    await this.#note(file, wanted ? 'readonly' : undefined);
    if (wanted) this.#rules.onSet(uri);
  }

  async #note(file: string, state: State | undefined): Promise<void> {
    if (state) this.#states.set(file, state);
    else this.#states.delete(file);
    const kept: Kept = { session: vscode.env.sessionId, files: [...this.#states.keys()] };
    await this.#memory.update(this.#rules.memoryKey, this.#states.size === 0 ? undefined : kept);
  }
}

function setActive(what: 'set' | 'unset'): Thenable<unknown> {
  const command = what === 'set' ? 'setActiveEditorReadonlyInSession' : 'resetActiveEditorReadonlyInSession';
  return vscode.commands.executeCommand(`workbench.action.files.${command}`);
}

/** The file that the commands would act on; none in a diff, where they take the side that nobody looks at. */
function activeFile(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const isPlain = input instanceof vscode.TabInputText || input instanceof vscode.TabInputNotebook;
  return isPlain ? fileOf(input.uri) : undefined;
}

/** All that the commands may have acted on. */
function activeUris(): readonly string[] {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const shown = vscode.window.activeTextEditor?.document.uri;
  const uris =
    input instanceof vscode.TabInputTextDiff
      ? [input.original, input.modified]
      : [
          ...(input instanceof vscode.TabInputText || input instanceof vscode.TabInputNotebook ? [input.uri] : []),
          shown,
        ];
  return uris.flatMap((uri) => fileOf(uri)?.toString() ?? []);
}

function isDirty(file: string): boolean {
  const { textDocuments, notebookDocuments } = vscode.workspace;
  return [...textDocuments, ...notebookDocuments].some(({ uri, isDirty }) => isDirty && uri.toString() === file);
}

/** Calls of the model tools: which store they mean, and what VS Code tells the model. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { escapeForDisplay } from '../../core/display.ts';
import { agentTools, type AgentTool, type Desk } from '../../manager/agents/agentTools.ts';
import type { LockManager } from '../../manager/lockManager.ts';
import type { CommandContext } from '../commands/commandContext.ts';
import type { Disposable } from '../disposables.ts';
import type { LockedFolders } from '../lockedFolders.ts';
import { AgentLosses } from './agentLosses.ts';
import { acquireInAll, refusalToWait, type Meant } from './severalFolders.ts';
import { isAgents, WindowHands } from './windowHands.ts';

const longestAnnounced = 200;

/** All calls of one window, whose agents are one holder. */
export class ToolCalls implements Disposable {
  readonly #context: CommandContext;
  readonly #losses: AgentLosses;
  /** Weak, because stores come and go with folders and configurations. */
  readonly #desks = new WeakMap<LockManager, Desk>();

  constructor(context: CommandContext) {
    this.#context = context;
    this.#losses = new AgentLosses(context.windowLocks);
  }

  /** What the person reads while it runs; VS Code itself asks him before a tool of an extension runs. */
  announce(name: string, input: unknown): vscode.PreparedToolInvocation {
    const paths = pathsOf(input) ?? [];
    const title = toolOf(name).title;
    const message = paths.length === 0 ? title : `${title}: ${paths.join(', ')}`;
    return { invocationMessage: escapeForDisplay(message, longestAnnounced) };
  }

  async call(name: string, input: unknown, token: vscode.CancellationToken): Promise<vscode.LanguageModelToolResult> {
    await this.#context.folders.ready();
    const cancel = new AbortController();
    const subscription = token.onCancellationRequested(() => cancel.abort());
    try {
      const meant = this.#desksFor(input);
      if (meant.length === 0) return answer('No folder is open in this window: there is nothing to lock.');
      return answer(await this.#ask(toolOf(name), meant, cancel.signal));
    } finally {
      subscription.dispose();
    }
  }

  dispose(): void {
    this.#losses.dispose();
  }

  async #ask(tool: AgentTool, meant: readonly Meant[], signal: AbortSignal): Promise<string> {
    const areSeveral = meant.length > 1 && meant.every(({ input }) => pathsOf(input) !== undefined);
    if (areSeveral && tool.name === 'acquire_lock') return await acquireInAll(tool, meant, signal);
    if (areSeveral && tool.name === 'wait_for_lock') {
      return [...this.#losses.take(), refusalToWait(meant)].join('\n\n');
    }
    const texts: string[] = [];
    for (const { desk, input } of meant) texts.push((await tool.run(input, desk, signal)).text);
    return texts.join('\n\n');
  }

  #deskOf(manager: LockManager): Desk {
    const known = this.#desks.get(manager);
    if (known) return known;
    const desk: Desk = { manager, hands: new WindowHands(manager, this.#context.windowLocks, this.#losses) };
    this.#desks.set(manager, desk);
    return desk;
  }

  /**
   * The stores that a call means: of its paths, each store with its own; of a lock's id, the store that has it; else all.
   */
  #desksFor(input: unknown): readonly Meant[] {
    const { folders } = this.#context;
    const held = folders.picture.locks.filter(({ lock }) => isAgents(lock)).map(({ manager }) => manager);
    // Also those of folders that have left the window: a lock stands there until it is released.
    const all = [...new Set([...folders.managers, ...held])].map((manager) => this.#deskOf(manager));
    const paths = pathsOf(input);
    if (paths !== undefined) {
      const byDesk = new Map<Desk, string[]>();
      for (const text of paths) {
        const place = inFolder(folders, text);
        const desk = place && this.#deskOf(place.manager);
        const [first] = all;
        const its = desk ?? first; // which then says that it lies outside
        if (its) byDesk.set(its, [...(byDesk.get(its) ?? []), place?.text ?? text]);
      }
      return [...byDesk].map(([desk, its]) => ({ desk, input: { ...(input as object), paths: its } }));
    }
    const id = idOf(input);
    if (id === undefined) return all.map((desk) => ({ desk, input }));
    const holding = all.filter(({ hands }) => hands.held().some((its) => its.startsWith(id)));
    return (holding.length > 0 ? holding : all.slice(0, 1)).map((desk) => ({ desk, input }));
  }
}

function answer(text: string): vscode.LanguageModelToolResult {
  return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
}

function toolOf(name: string): AgentTool {
  const tool = agentTools.find((each) => each.name === name);
  if (!tool) throw new Error(`There is no tool ${name}.`);
  return tool;
}

/**
 * A model names files as the window shows them: below a folder of the window, in one of several by the folder's name first.
 */
function inFolder(
  folders: LockedFolders,
  text: string,
): { readonly manager: LockManager; readonly text: string } | undefined {
  const open = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  const [first] = open;
  if (!first) return undefined;
  const [name = '', ...rest] = text.split('/');
  const named = open.length > 1 ? open.find((folder) => folder.name === name) : undefined;
  const base = named ?? first;
  const relative = named ? rest.join('/') || '.' : text;
  const file = path.isAbsolute(text) ? text : path.join(base.uri.fsPath, relative);
  const manager = folders.managerOf(file);
  if (!manager) return undefined;
  // Relative to the root as far as it can be: a folder's name may look like a pattern.
  const isRoot = base.uri.fsPath === manager.root.path && !path.isAbsolute(text);
  return { manager, text: isRoot ? relative : file };
}

function pathsOf(input: unknown): readonly string[] | undefined {
  const paths: unknown = typeof input === 'object' && input !== null && 'paths' in input ? input.paths : undefined;
  return Array.isArray(paths) && paths.every((each) => typeof each === 'string') ? paths : undefined;
}

function idOf(input: unknown): string | undefined {
  const id: unknown = typeof input === 'object' && input !== null && 'id' in input ? input.id : undefined;
  return typeof id === 'string' ? id : undefined;
}

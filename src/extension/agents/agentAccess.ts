/** What VS Code's agents find of us: six model tools, and the MCP server for those who take their tools from there. */
import * as vscode from 'vscode';
import type { CommandContext } from '../commands/commandContext.ts';
import { DisposableStore, type Disposable } from '../disposables.ts';
import { agentIds } from '../ids.ts';
import type { ToolCalls } from './toolCalls.ts';

/** Registered at once, because a call may be what activates us; all else is loaded when somebody asks. */
export function registerAgentAccess(context: CommandContext): Disposable {
  const store = new DisposableStore();
  let calls: Promise<ToolCalls> | undefined;
  const toolCalls = (): Promise<ToolCalls> =>
    (calls ??= import('./toolCalls.ts').then((loaded) => store.add(new loaded.ToolCalls(context))));
  for (const name of agentIds.tools) {
    store.add(
      vscode.lm.registerTool(agentIds.toolPrefix + name, {
        prepareInvocation: async ({ input }) => (await toolCalls()).announce(name, input),
        invoke: async ({ input }, token) => (await toolCalls()).call(name, input, token),
      }),
    );
  }
  const changed = store.add(new vscode.EventEmitter<void>());
  store.add(vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()));
  store.add(vscode.workspace.onDidChangeWorkspaceFolders(() => changed.fire()));
  store.add(
    vscode.lm.registerMcpServerDefinitionProvider(agentIds.mcpProvider, {
      onDidChangeMcpServerDefinitions: changed.event,
      provideMcpServerDefinitions: async () => (await import('./mcpServers.ts')).mcpServers(context),
    }),
  );
  return store;
}

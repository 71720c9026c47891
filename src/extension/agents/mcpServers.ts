import * as path from 'node:path';
import * as vscode from 'vscode';
import type { CommandContext } from '../commands/commandContext.ts';

/** `wlock mcp` of this extension's own command line, one for each store: its locks end with the connection. */
export async function mcpServers({
  folders,
  extensionUri,
  version,
}: Pick<CommandContext, 'folders' | 'extensionUri' | 'version'>): Promise<vscode.McpStdioServerDefinition[]> {
  if (!vscode.workspace.isTrusted) return [];
  await folders.ready();
  const commandLine = vscode.Uri.joinPath(extensionUri, 'dist', 'cli.cjs').fsPath;
  return folders.managers.map(({ root }) => {
    const label = vscode.l10n.t('Locks of {0}', path.basename(root.path));
    const words = [commandLine, '--root', root.path, 'mcp'];
    // On a desktop our executable is Electron, which this variable turns into Node.js.
    const server = new vscode.McpStdioServerDefinition(
      label,
      process.execPath,
      words,
      { ELECTRON_RUN_AS_NODE: '1' },
      version,
    );
    server.cwd = vscode.Uri.file(root.path);
    return server;
  });
}

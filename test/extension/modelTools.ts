/** The extension's tools, called as a model calls them. */
import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';

export async function callTool(
  name: string,
  input: object,
  token = new vscode.CancellationTokenSource().token,
): Promise<string> {
  const result = await vscode.lm.invokeTool(`wlock_${name}`, { input, toolInvocationToken: undefined }, token);
  const [part] = result.content;
  assert.ok(part instanceof vscode.LanguageModelTextPart);
  return part.value;
}

/** Of the first lock that an answer says was granted. */
export function idIn(text: string): string {
  return /^Granted: (\S+)\.$/m.exec(text)?.[1] ?? assert.fail(text);
}

/** The window under test: the extension's own objects, its folder, and waiting with a bound. */
import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/extension.ts';
import type { TreeNode } from '../../src/extension/views/treeNodes.ts';

/** Everything that the extension shows must come within this bound; the tests print how long it took. */
const boundMs = 10_000;
const lookMs = 10;

export async function extensionApi(): Promise<ExtensionApi> {
  const extension = vscode.extensions.getExtension<ExtensionApi>('workspace-locks.workspace-locks');
  assert.ok(extension, 'the extension is there');
  const api = await extension.activate();
  await api.folders.ready();
  return api;
}

export function folderPath(index = 0): string {
  const folder = vscode.workspace.workspaceFolders?.[index];
  assert.ok(folder, 'a folder is open');
  return folder.uri.fsPath;
}

/** Milliseconds until the condition held; fails, saying what was waited for, when it does not within the bound. */
export async function until(
  what: string | (() => string),
  condition: () => boolean | Promise<boolean>,
): Promise<number> {
  const started = performance.now();
  while (!(await condition())) {
    if (performance.now() - started > boundMs) {
      assert.fail(`within ${boundMs} ms: ${typeof what === 'string' ? what : what()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
  return performance.now() - started;
}

export function printLatency(what: string, ms: number): void {
  console.log(`      latency: ${what}: ${Math.round(ms)} ms`);
}

/** The rows of the tree's top level as a person reads them: label and description. */
export function rows({ tree }: ExtensionApi): readonly string[] {
  return tree.getChildren().map((node) => rowText(tree.getTreeItem(node)));
}

/** What lies below a row. */
export async function childRows({ tree }: ExtensionApi, node: TreeNode): Promise<readonly string[]> {
  return (await tree.getChildren(node)).map((child) => rowText(tree.getTreeItem(child)));
}

export function rowText(item: vscode.TreeItem): string {
  return [item.label, item.description].filter((part) => typeof part === 'string').join(' ');
}

export function nodeOf({ tree }: ExtensionApi, text: string): TreeNode {
  const node = tree.getChildren().find((candidate) => rowText(tree.getTreeItem(candidate)).includes(text));
  assert.ok(node, `the tree has a row with ${text}`);
  return node;
}

/** What the Explorer is told about a file. */
export function badgeOf({ explorerMarks }: ExtensionApi, file: string): vscode.FileDecoration | undefined {
  return explorerMarks.provideFileDecoration(vscode.Uri.file(file));
}

/** Asks the stand-in for a picture; without WLOCK_SCREENSHOT_DIR (a desktop VS Code) nobody takes one. */
export async function screenshot(name: string): Promise<void> {
  const folder = process.env['WLOCK_SCREENSHOT_DIR'];
  if (folder === undefined) return;
  const request = vscode.Uri.file(`${folder}/${name}.request`);
  await vscode.workspace.fs.writeFile(request, new Uint8Array());
  await until(`the picture ${name}`, async () => {
    const exists = await vscode.workspace.fs.stat(request).then(
      () => true,
      () => false,
    );
    return !exists;
  });
}

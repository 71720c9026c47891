/** Which file somebody works in: for all that VS Code knows under several names. */
import * as vscode from 'vscode';

/** The file of a document; of a notebook's cell, the notebook's. Undefined for what lies on no disk. */
export function fileOf(uri: vscode.Uri | undefined): vscode.Uri | undefined {
  if (uri?.scheme === 'file') return uri;
  if (uri?.scheme !== 'vscode-notebook-cell') return undefined;
  return vscode.workspace.notebookDocuments.find((each) => each.uri.scheme === 'file' && each.uri.path === uri.path)
    ?.uri;
}

/** The path of the file in the active editor, be that a notebook's. */
export function activeFile(): string | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri ?? vscode.window.activeNotebookEditor?.notebook.uri;
  return fileOf(uri)?.fsPath;
}

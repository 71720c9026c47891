import * as vscode from 'vscode';
import type { LockedFolders } from '../lockedFolders.ts';
import type { CommandContext } from './commandContext.ts';

const scheme = 'workspace-locks';
const diagnosis = vscode.Uri.from({ scheme, path: '/Diagnosis' });

/** A document of its own scheme: read-only, never dirty, nothing to save when it is closed. */
export class DiagnosisDocument implements vscode.TextDocumentContentProvider {
  readonly #folders: LockedFolders;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  readonly onDidChange = this.#changed.event;

  constructor(folders: LockedFolders) {
    this.#folders = folders;
  }

  async provideTextDocumentContent(): Promise<string> {
    const { diagnose } = await import('../../manager/doctor/diagnose.ts');
    await this.#folders.ready();
    const lines: string[] = [];
    for (const manager of this.#folders.managers) {
      for (const { level, topic, text, hint } of await diagnose(manager)) {
        const mark = { ok: 'ok', note: '--', problem: '!!' }[level];
        lines.push(`${mark} ${topic}: ${text}`, ...(hint === undefined ? [] : [`   ${hint}`]));
      }
      lines.push('');
    }
    lines.push(...this.#folders.picture.problems.map((problem) => `!! ${problem}`));
    return lines.length === 0 ? vscode.l10n.t('No folder is open.') : lines.join('\n');
  }

  refresh(): void {
    this.#changed.fire(diagnosis);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }
}

/** What `wlock doctor` says, for every folder of the window. */
export async function showDiagnosis({ diagnosisDocument }: CommandContext): Promise<void> {
  diagnosisDocument.refresh(); // it may still be open from last time
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(diagnosis), { preview: true });
}

/** What our extension costs the extension host while nothing happens. Prints, and judges nothing (`npm run bench:extension`). */
import * as path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as vscode from 'vscode';
import { costText, idleCostOf } from './idle/idleProcess.ts';
import { ownShareOf } from './idle/ownShare.ts';
import { extensionApi, folderPath, until } from './window.ts';
import { WrittenLocks } from './writtenLocks.ts';

/** A lock from the future has no age that changes. */
const agelessMs = 24 * 60 * 60_000;
const mib = 1024 * 1024;
const isWithout = process.env['WLOCK_SUITE'] === 'costWithout';

/** So long our own part is looked for, after the whole. */
const shareMs = 20_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Our own programs, as a profile names them; those of the extension that stands in for us where we are not. */
function dist(): string {
  const ours = vscode.extensions.all.find(({ id }) => id.startsWith('workspace-locks.'));
  return path.join(ours?.extensionPath ?? '', 'dist', 'extension');
}

async function printCost(what: string): Promise<void> {
  const cost = await idleCostOf(process.pid);
  collect();
  const share = await ownShareOf(dist(), shareMs);
  const heap = (process.memoryUsage().heapUsed / mib).toFixed(1);
  console.log(`      figure: ${what}: ${costText(cost)}, ours ${share.toFixed(3)} %, ${heap} MiB of heap`);
}

describe('The extension host, left alone', function () {
  this.timeout(120_000);

  it('has started it', async () => {
    for (const line of await activationLines()) console.log(`      figure: ${line}`);
  });

  if (isWithout) {
    it('costs something without us', () => printCost('without the extension'));
    return;
  }

  for (const count of [0, 100, 10_000]) {
    describe(`with ${count} locks`, () => {
      let locks: WrittenLocks;
      before(async () => {
        const { folders } = await extensionApi();
        locks = new WrittenLocks(folderPath());
        if (count > 0) locks.appear(count, agelessMs);
        await until(`${count} locks`, () => folders.picture.locks.length === count);
      });
      after(async () => {
        await locks.end();
        const { folders } = await extensionApi();
        await until('no locks', () => folders.picture.locks.length === 0);
      });

      it('costs something while nobody sees the view', async () => {
        await vscode.commands.executeCommand('workbench.view.explorer');
        const { tree } = await extensionApi();
        await until('the view to be hidden', () => !tree.view.visible);
        await printCost(`${count} locks, view hidden`);
      });

      it('costs something while somebody sees it', async () => {
        await vscode.commands.executeCommand('workspaceLocks.liveLocks.focus');
        const { tree } = await extensionApi();
        await until('the view', () => tree.view.visible);
        await printCost(`${count} locks, view visible`);
      });
    });
  }
});

/** What VS Code itself has measured: the table in which Developer: Startup Performance shows each extension's start. */
async function activationLines(): Promise<readonly string[]> {
  await until('the extension to be started', () =>
    vscode.extensions.all.some(({ id, isActive }) => isActive && id.startsWith('workspace-locks.')),
  );
  await vscode.commands.executeCommand('perfview.show');
  let lines: readonly string[] = [];
  await until('the table of extensions', () => {
    const table =
      vscode.workspace.textDocuments
        .find(({ uri }) => uri.scheme === 'perf')
        ?.getText()
        .split('\n') ?? [];
    lines = table.filter((line) => /^\| *(Extension |workspace-locks)/.test(line));
    return lines.length > 1;
  });
  await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  return lines;
}

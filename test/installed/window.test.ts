/** The VSIX in a fresh profile, and a person who uses it for the first time. */
import { Scene } from '../ui/scene.ts';
import * as flows from '../ui/flows.ts';
import type { Workbench } from '../vscode/workbench.mjs';
import { packageVsix } from './vsix.mjs';

describe('A person who has installed the VSIX', () => {
  let scene: Scene;
  let workbench: Workbench;

  before(async () => {
    scene = Scene.orchard();
    workbench = await scene.open({ install: [packageVsix()] });
  });

  after(async () => {
    await scene.end();
  });

  it('sees what others have locked: tree, badge of the view, status bar, editor, Explorer', async () => {
    await flows.seeOutsideLocks(workbench, scene);
    await flows.seeBadges(workbench, scene);
  });

  it('is warned at the first keystroke', () => flows.beWarned(workbench, scene, 'apples.ts', 'nightly-loop'));

  it('takes a lock that others obey, and gives it back', () => flows.acquireAndRelease(workbench, scene, 'README.md'));

  it('waits for a lock, and has it once it is free', () => flows.waitForLock(workbench, scene, 'shelf.ts', 'src/ui'));

  it('reaps the lock of a process that is gone', () => flows.reapStale(workbench, scene, 'src/ui'));

  it('releases by force, after a dialog that names the lock', () => flows.forceRelease(workbench, scene, 'src/ui'));

  it('reads in the activity what has happened', () =>
    flows.readActivity(workbench, / held README\.md for .+: released\./));
});

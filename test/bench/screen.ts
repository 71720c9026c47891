/**
 * From a change that somebody else makes to the screen, in a real VS Code in a browser: npm run bench:screen [-- changes].
 * A record is renamed into place, or unlinked; the page notes the frame in which its row has come or gone. Both read the wall
 * clock of this machine, in whole milliseconds. Figures are printed and never asserted.
 */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { layoutOf, recordName } from '../../src/protocols/loops/layout.ts';
import { ourRecord } from '../real/ourRecord.ts';
import { Scene } from '../ui/scene.ts';
import { median, quantile } from './harness/statistics.ts';
import { describeMachine } from './report/machine.ts';
import { frameOf, want, watchRows } from './screenPage.mjs';

const changes = Number(process.argv[2] ?? 40);
/** A view that is shown, and whatever VS Code does after its start. */
const settleMs = 3_000;

const scene = Scene.orchard();
try {
  const running = layoutOf(scene.folder, '.loops').running;
  fs.mkdirSync(running, { recursive: true });
  const workbench = await scene.open();
  await workbench.showView('Locks');
  await delay(settleMs);
  await workbench.page.evaluate(watchRows);
  const seen = async (text: string, isThere: boolean): Promise<number> => {
    const handle = await workbench.page.waitForFunction(frameOf, `${text} ${String(isThere)}`, { polling: 20 });
    return Number(await handle.jsonValue());
  };
  const comesMs: number[] = [];
  const goesMs: number[] = [];
  for (let i = 0; i < changes; i++) {
    const name = `newcomer-${i}`;
    await workbench.page.evaluate(want, name);
    const file = path.join(running, recordName(randomUUID()));
    fs.writeFileSync(`${file}.tmp`, ourRecord(name, scene.in('src', name)));
    await delay(400 + 200 * Math.random());
    let fromMs = Date.now();
    fs.renameSync(`${file}.tmp`, file);
    comesMs.push((await seen(name, true)) - fromMs);
    await delay(400 + 200 * Math.random());
    fromMs = Date.now();
    fs.unlinkSync(file);
    goesMs.push((await seen(name, false)) - fromMs);
  }
  console.log(describeMachine());
  const figure = (values: readonly number[]): string => `${median(values)} ms, p99 ${quantile(values, 0.99)} ms`;
  console.log(`A lock comes, until the frame that shows its row: median ${figure(comesMs)} (${changes} times)`);
  console.log(`A lock goes, until the frame without its row: median ${figure(goesMs)} (${changes} times)`);
} finally {
  await scene.end();
}

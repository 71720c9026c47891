// How a test inside the extension host gets a picture of the workbench around it:
//   it writes an empty file `<dir>/<name>.request` and waits until that file is gone; then `<dir>/<name>.png` is there.
// `<dir>` is WLOCK_SCREENSHOT_DIR, in the environment of both. Without the variable nobody answers, and a test goes on.
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const pollMs = 100;
/** The workbench draws a changed tree some hundred ms after it was told. Pictures are for eyes; no test depends on them. */
const settleMs = 700;
const suffix = '.request';

/**
 * @param {import('playwright-core').Page} page
 * @param {string} folder
 * @param {(line: string) => void} say
 * @returns {() => void} stops answering
 */
export function answerScreenshotRequests(page, folder, say) {
  mkdirSync(folder, { recursive: true });
  let busy = false;
  const timer = setInterval(async () => {
    if (busy) return;
    busy = true;
    try {
      for (const request of readdirSync(folder).filter((name) => name.endsWith(suffix))) {
        await answer(page, folder, request.slice(0, -suffix.length));
      }
    } catch (error) {
      say(`Screenshot: ${error instanceof Error ? error.message : error}`);
    } finally {
      busy = false;
    }
  }, pollMs);
  return () => clearInterval(timer);
}

/**
 * @param {import('playwright-core').Page} page
 * @param {string} folder
 * @param {string} name
 */
async function answer(page, folder, name) {
  try {
    await page.waitForTimeout(settleMs);
    const unfinished = join(folder, `${name}.unfinished`);
    await page.screenshot({ path: unfinished, type: 'png' });
    renameSync(unfinished, join(folder, `${name}.png`));
  } finally {
    rmSync(join(folder, name + suffix), { force: true }); // even when it failed: the test waits for this
  }
}

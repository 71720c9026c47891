// A headless Chromium with one page of the size of our screenshots.
import { chromium } from 'playwright-core';
import { findChromium } from '../setup/chromium.mjs';

/** Nothing but the server on the loopback interface: no updates, no tracking, and no GPU, which such machines lack. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @param {{ say?: (line: string) => void }} [options] */
export async function openPage({ say } = {}) {
  const browser = await chromium.launch({
    executablePath: await findChromium({ say }),
    args: flags,
    // Whoever starts a browser closes it, in an order of its own; Playwright would exit before that.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  return { browser, page: await context.newPage() };
}

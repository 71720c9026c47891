// A VS Code window in a headless browser, driven as a user drives it: for what a test inside the extension host cannot do
// (reload the window, answer a modal dialog, look at the screen) and for the pictures of the README.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { openPage } from './browser.mjs';
import { startServer } from './server.mjs';

const readyTimeoutMs = 60_000;
const actionTimeoutMs = 15_000;

/**
 * Two ways to have the extension: in development (`extensionDevelopmentPath`) or installed (`install: [vsix]`).
 * The color theme, for one, is a setting: `settings: { 'workbench.colorTheme': 'Dark 2026' }`.
 * @param {import('./server.mjs').Target & Omit<import('./server.mjs').ServerOptions, 'connectionToken'>} options
 * @returns {Promise<Workbench>}
 */
export async function openWorkbench({ folder, workspace, extensionDevelopmentPath, ...serverOptions }) {
  // Only where it is needed: a user's window shows toasts, one under automation does not.
  const automation = extensionDevelopmentPath !== undefined;
  const server = await startServer({ automation, ...serverOptions });
  try {
    const { browser, page } = await openPage({ say: serverOptions.say });
    const workbench = new Workbench(server, browser, page);
    try {
      await page.goto(server.address({ folder, workspace, extensionDevelopmentPath }));
      await workbench.ready();
      return workbench;
    } catch (error) {
      await browser.close();
      throw error;
    }
  } catch (error) {
    await server.close();
    throw error;
  }
}

export class Workbench {
  /**
   * @param {import('./server.mjs').Server} server
   * @param {import('playwright-core').Browser} browser
   * @param {import('playwright-core').Page} page for whatever this class has no word for
   */
  constructor(server, browser, page) {
    this.server = server;
    this.browser = browser;
    this.page = page;
    page.setDefaultTimeout(actionTimeoutMs);
  }

  /** Resolves when the parts of the window are there. Extensions and views may still be starting: wait for what you need. */
  async ready() {
    await this.page.waitForSelector('.monaco-workbench .part.activitybar .action-label', { timeout: readyTimeoutMs });
    await this.page.waitForSelector('.monaco-workbench .part.statusbar .statusbar-item', { timeout: readyTimeoutMs });
  }

  /**
   * Runs a command through the palette, by its title as the palette shows it (`Workspace Locks: Refresh`).
   * A command of an extension that is still starting is waited for.
   * @param {string} title
   */
  async runCommand(title) {
    const input = this.page.locator('.quick-input-widget:visible input[type=text]').first();
    await this.page.keyboard.press('F1');
    await input.waitFor();
    const wanted = this.page.locator(`.quick-input-list .monaco-list-row[aria-label^="${quoted(title)}"]`).first();
    const until = Date.now() + actionTimeoutMs;
    for (;;) {
      await input.fill(`>${title}`);
      const found = await wanted.waitFor({ timeout: 1_000 }).then(
        () => true,
        () => false,
      );
      if (found) break;
      if (Date.now() > until) throw new Error(`The command palette has no "${title}".`);
      await input.fill('>'); // makes the palette ask for its commands again
    }
    await wanted.click();
  }

  /** Reloads the window, as `Developer: Reload Window` does. */
  async reload() {
    await this.page.reload();
    await this.ready();
  }

  /**
   * Shows a view of the activity bar.
   * @param {string} title as in the tooltip, without badge and key binding
   */
  async showView(title) {
    const item = this.activityBarItem(title).locator('..');
    if ((await item.getAttribute('class'))?.includes('checked')) return; // a click would hide it
    await item.click({ force: true }); // the badge lies over the label
  }

  /**
   * @param {string} title
   * @returns {Promise<string>} its label, where the badge's number is written out: `Locks - 2 locks concern you`
   */
  async viewBadge(title) {
    return (await this.activityBarItem(title).getAttribute('aria-label')) ?? '';
  }

  /** @param {string} title */
  activityBarItem(title) {
    return this.page.locator(`.part.activitybar .action-label[aria-label^="${quoted(title)}"]`).first();
  }

  /**
   * A row of any tree, the Explorer's too.
   * @param {string} labelPart of the row's aria-label
   */
  treeRow(labelPart) {
    return this.page.locator(`.pane-body .monaco-list-row[aria-label*="${quoted(labelPart)}"]`).first();
  }

  /**
   * @param {string} name of a file or folder that the Explorer shows
   * @returns {Promise<{ badge: string, tooltip: string }>} empty strings without a decoration
   */
  async explorerDecoration(name) {
    const row = this.page.locator(`.explorer-folders-view .monaco-list-row[aria-label^="${quoted(name)}"]`).first();
    const label = row.locator('.monaco-icon-label').first();
    // The badge is text of a style sheet, not of the document.
    const content = await label.evaluate((element) => getComputedStyle(element, '::after').content);
    const tooltip = (await label.getAttribute('aria-label')) ?? '';
    return { badge: content === 'none' ? '' : content.replace(/^"|"$/g, ''), tooltip };
  }

  /**
   * @param {string} textPart of an item's text or tooltip
   */
  statusBarItem(textPart) {
    return this.page.locator(`.part.statusbar .statusbar-item[aria-label*="${quoted(textPart)}"]`).first();
  }

  /**
   * @param {string} button of the modal dialog that is on the screen, or comes within 15 s
   * @returns {Promise<string>} what the dialog said
   */
  async acceptDialog(button) {
    const dialog = this.page.locator('.monaco-dialog-box').first();
    await dialog.waitFor();
    const said = (await dialog.locator('.dialog-message-row').innerText()).trim();
    await dialog.getByRole('button', { name: button, exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    return said;
  }

  /**
   * Chooses from a context menu until that has had its effect: VS Code ignores a click that comes just after the menu,
   * because it may be the second half of the click that opened it, and a menu that was opened before the window knew
   * that its workspace is trusted stays as it is.
   * @param {import('playwright-core').Locator} target what the menu belongs to
   * @param {string} item
   * @param {import('playwright-core').Locator} effect what appears
   */
  async chooseFromMenu(target, item, effect) {
    const entry = this.page.getByRole('menuitem', { name: item });
    const until = Date.now() + actionTimeoutMs;
    do {
      if (Date.now() > until) throw new Error(`Choosing "${item}" had no effect.`);
      if (!(await entry.isVisible())) await target.click({ button: 'right' });
      // A row that is drawn anew just then takes its menu with it.
      const shown = await entry.waitFor({ timeout: 2_000 }).then(
        () => true,
        () => false,
      );
      if (shown && (await entry.isEnabled())) await entry.click();
      else await this.page.keyboard.press('Escape');
    } while (
      !(await effect.waitFor({ timeout: 1_000 }).then(
        () => true,
        () => false,
      ))
    );
  }

  /**
   * Waits for a notification and presses one of its buttons, or only reads it. Looks for a toast first, then in the
   * notification centre: under automation VS Code shows no toasts.
   * @param {string} textPart
   * @param {string} [button]
   * @returns {Promise<string>} its text
   */
  async notification(textPart, button) {
    const item = this.page.locator('.notification-list-item', { hasText: textPart }).first();
    const centre = this.page.locator('.notifications-center');
    const until = Date.now() + actionTimeoutMs;
    while (!(await item.isVisible())) {
      if (Date.now() > until) throw new Error(`No notification says "${textPart}".`);
      await item.waitFor({ timeout: 1_000 }).catch(() => undefined);
      const bell = this.page.locator('.part.statusbar #status\\.notifications a');
      if (!(await item.isVisible()) && !(await centre.isVisible())) await bell.click();
    }
    const said = (await item.locator('.notification-list-item-message').innerText()).trim();
    if (button) await item.getByRole('button', { name: button, exact: true }).click();
    return said;
  }

  /**
   * Leaves Restricted Mode, in a window that was opened with `workspaceTrust`: such a window asks nobody, it starts
   * restricted and says so in a banner.
   */
  async trustFolder() {
    await this.page.locator('.part.banner').getByText('Manage', { exact: true }).click();
    await this.page
      .locator('.workspace-trust-editor')
      .getByRole('button', { name: 'Trust', exact: true })
      .first()
      .click();
    await this.page.locator('.part.banner').getByText('Manage', { exact: true }).waitFor({ state: 'hidden' });
  }

  /**
   * Opens a file of the workspace in the editor.
   * @param {string} name
   */
  async openFile(name) {
    await this.page.keyboard.press('Control+P');
    const input = this.page.locator('.quick-input-widget:visible input[type=text]').first();
    await input.fill(name);
    await this.page
      .locator('.quick-input-list .monaco-list-row', { hasText: name.split('/').at(-1) })
      .first()
      .click();
    await this.page.locator('.editor-instance .monaco-editor').first().waitFor();
  }

  /**
   * Types into the editor that is open.
   * @param {string} text
   */
  async typeInEditor(text) {
    await this.page.locator('.editor-instance .monaco-editor .view-lines').first().click();
    await this.page.keyboard.type(text);
  }

  /** @param {string} theme as the list of themes names it */
  async chooseTheme(theme) {
    await this.runCommand('Preferences: Color Theme');
    const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: theme }).first();
    await this.page.locator('.quick-input-widget:visible input[type=text]').first().fill(theme);
    await row.click();
    await row.waitFor({ state: 'hidden' });
  }

  /**
   * Without the workbench's hovers: one that appears just after the mouse has gone stays until the mouse leaves it again.
   * @param {string} file a .png; its folder is made
   */
  async screenshot(file) {
    mkdirSync(dirname(file), { recursive: true });
    await this.page.screenshot({ path: file, style: '.workbench-hover-container { visibility: hidden !important; }' });
  }

  /** Ends the browser and the server, and what they started. */
  async close() {
    await this.browser.close();
    await this.server.close();
  }
}

/** @param {string} text inside double quotes of a CSS selector */
function quoted(text) {
  return text.replace(/["\\]/g, '\\$&');
}

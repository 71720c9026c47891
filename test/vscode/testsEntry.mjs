// The module that VS Code gets as its extension tests: it labels the console of the extension host, then runs the real
// tests. Without the label the tests' lines cannot be told from the workbench's own log, which comes the same way; and
// VS Code drops a console line whose first argument is not a string.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from '../setup/removeFolder.mjs';

/**
 * @param {string} extensionTestsPath a CommonJS module with `run(): Promise<void>`
 * @returns {{ path: string, unlabel: (args: readonly unknown[]) => string | undefined, remove: () => void }}
 *   `unlabel` gives a line of the extension host's console, or undefined for the workbench's own
 */
export function writeTestsEntry(extensionTestsPath) {
  const label = `${randomUUID()}: `;
  const folder = mkdtempSync(join(tmpdir(), 'wlock-tests-'));
  const path = join(folder, 'entry.cjs');
  writeFileSync(
    path,
    `const { format } = require('node:util');
const original = console; // its methods cannot be assigned: the extension host made them properties without a setter
const labelled = (level) => (...args) => original[level](${JSON.stringify(label)} + format(...args));
const levels = ['log', 'info', 'warn', 'error', 'debug', 'trace'];
globalThis.console = Object.create(original, Object.fromEntries(
  levels.map((level) => [level, { value: labelled(level), writable: true, configurable: true }]),
));
exports.run = async () => require(${JSON.stringify(extensionTestsPath)}).run();
`,
  );
  return {
    path,
    unlabel: ([first]) =>
      typeof first === 'string' && first.startsWith(label) ? first.slice(label.length) : undefined,
    remove: () => removeFolder(folder),
  };
}

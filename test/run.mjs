// `npm test`, from a fresh clone: sets up what the tests need, runs them all, and ends with a line `N passed, N failed`.
//   node test/run.mjs [--full] [--only NAME]
// A part that did not say how it went counts as failed, and so does a test that was skipped: nothing passes in silence.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { retryMark } from './retryReporter.mjs';
import { installPackages } from './setup/install.mjs';
import { requirePrerequisites } from './setup/prerequisites.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { full: { type: 'boolean' }, only: { type: 'string' } } });

/**
 * `again`: a browser or VS Code is driven. On a machine that others load, these lose an event now and then (a key before
 * the focus is there, a menu that opens late), so what failed may run once more: the `test` (mocha's retries, told by
 * retryReporter.mjs), or, where tests share a window, the whole `part`. What was said at first stays in the output, at
 * its end too. What proves that locks exclude gets no second run.
 * `patient`: it only computes, so it begins at once, with what the others leave of the machine.
 * @typedef {{ name: string, args: readonly string[], again?: 'test' | 'part', patient?: true }} Part
 */

// As ES modules throughout: `--import=tsx` would let mocha require them, and what they `import()` would be there twice.
/** @type {(name: string, pattern: string, timeoutMs: number) => Part} */
const mocha = (name, pattern, timeoutMs) => ({
  name,
  args: ['node_modules/mocha/bin/mocha.js', '--import=tsx/esm', `--timeout=${timeoutMs}`, pattern],
});

/** @type {(part: Part) => Part} */
const retried = (part) => ({
  ...part,
  args: [...part.args, '--retries=1', `--reporter=${join(root, 'test', 'retryReporter.mjs')}`],
  again: 'test',
});

/** @type {readonly Part[]} */
const everyTime = [
  mocha('unit', 'test/unit/**/*.test.ts', 60_000),
  mocha('contract', 'test/contract/**/*.test.ts', 60_000),
  mocha('etcd', 'test/etcd/**/*.test.ts', 120_000),
  mocha('real processes', 'test/real/**/*.test.ts', 120_000),
  { ...mocha('explorer', 'test/safety/**/*.test.ts', 1_200_000), patient: true },
  mocha('fuzz', 'test/fuzz/**/*.test.ts', 120_000),
  mocha('storm', 'test/storm/**/*.test.ts', 240_000),
  { name: 'VS Code, one folder', args: ['test/extension/runSuite.mjs', 'folder', '--installed'], again: 'part' },
  { name: 'VS Code, several folders', args: ['test/extension/runSuite.mjs', 'multiRoot'], again: 'part' },
  { name: 'VS Code, many locks', args: ['test/extension/runSuite.mjs', 'manyLocks'], again: 'part' },
  retried(mocha('browser', 'test/ui/**/*.test.ts', 120_000)),
  { ...mocha('installed VSIX', 'test/installed/**/*.test.ts', 120_000), again: 'part' },
  mocha('packed', 'test/packed/**/*.test.ts', 120_000),
];
/** Heavier: longer races than anybody wants to wait for at each change. */
const full = [mocha('long races', 'test/full/**/*.test.ts', 600_000)];

requirePrerequisites();
await installPackages(root, { say: console.log });
requireFsExt();
const { findChromium } = await import('./setup/chromium.mjs');
await findChromium({ say: console.log });
const { findFaketime } = await import('./setup/faketime.mjs');
await findFaketime({ say: console.log });
const { findBindfs } = await import('./setup/bindfs.mjs');
await findBindfs({ say: console.log });
const { findBubblewrap } = await import('./setup/bubblewrap.mjs');
await findBubblewrap({ say: console.log });
const { findEtcd } = await import('./setup/etcd.mjs');
await findEtcd({ say: console.log });
const { findOldestNode } = await import('./setup/oldestNode.mjs');
await findOldestNode({ say: console.log });
const { findShells } = await import('./setup/shells.mjs');
await findShells({ say: console.log });
const { ensureVSCodeServer } = await import('./setup/vscodeServer.mjs');
await ensureVSCodeServer({ say: console.log });
const built = await run({ name: 'build', args: ['esbuild.mjs'] });
if (built.code !== 0) process.exit(1);

const parts = (values.full ? full : everyTime).filter(({ name }) => values.only === undefined || name === values.only);
let passed = 0;
let failed = 0;
/** @type {string[]} */
const summary = [];
/** @type {string[]} */
const failures = [];
const begun = new Map(parts.filter(({ patient }) => patient).map((part) => [part, outcomeOf(part)]));
for (const part of parts) {
  console.log(`\n=== ${part.name}`);
  const early = await begun.get(part);
  if (early) process.stdout.write(early.output);
  let outcome = early ?? (await outcomeOf(part));
  let attempt = '';
  if (outcome.bad > 0 && part.again === 'part') {
    failures.push(`=== failed at first: ${part.name}\n${failuresIn(outcome.output)}`);
    console.log(`\n=== ${part.name}, once more`);
    outcome = await outcomeOf(part);
    attempt = ', second run';
  }
  const { counts, bad, code, seconds } = outcome;
  failures.push(...retriedIn(outcome.output).map((line) => `=== ${part.name}: ${line}`));
  passed += counts.passing;
  failed += code !== 0 && counts.failing > 0 ? bad - 1 : bad;
  if (bad > 0) failures.push(`=== failed: ${part.name}\n${failuresIn(outcome.output)}`);
  const skipped = counts.pending > 0 ? `, ${counts.pending} skipped` : '';
  summary.push(
    `${part.name}: ${counts.passing} passing, ${counts.failing} failing${skipped}, exit ${code} (${seconds} s${attempt})`,
  );
}
// Once more at the end: who sees only the last of a long output should see what failed.
if (failures.length > 0) console.log(`\n${failures.join('\n')}`);
console.log(`\n${summary.join('\n')}\n\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && parts.length > 0 ? 0 : 1;

/** @param {Part} part */
async function outcomeOf(part) {
  const started = Date.now();
  const { code, output } = await run(part);
  const counts = countsIn(output);
  // A part that ended badly although no test of it failed (it crashed, or never began) is a failure by its own name.
  const bad = counts.failing + counts.pending + (counts.passing + counts.failing === 0 || code !== 0 ? 1 : 0);
  return { code, output, counts, bad, seconds: Math.round((Date.now() - started) / 1_000) };
}

/** @param {string} output of mocha's spec reporter, ours or that inside VS Code */
function countsIn(output) {
  // eslint-disable-next-line no-control-regex
  const plain = output.replace(/\u001b\[[0-9;]*m/g, '');
  const count = (/** @type {string} */ word) => Number(new RegExp(`^\\s*(\\d+) ${word}\\b`, 'm').exec(plain)?.[1] ?? 0);
  return { passing: count('passing'), failing: count('failing'), pending: count('pending') };
}

/** @param {string} output of retryReporter.mjs */
function retriedIn(output) {
  return output.split('\n').filter((line) => line.startsWith(retryMark));
}

/** @param {string} output of mocha: after its counts come the tests that failed, with their errors */
function failuresIn(output) {
  const maxCharacters = 8_000;
  const at = output.search(/^.*\d+ failing\b/m);
  return at < 0 ? output.slice(-maxCharacters) : output.slice(at, at + maxCharacters);
}

/**
 * @param {Part} part
 * @returns {Promise<{ code: number, output: string }>}
 */
function run({ args, patient }) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    if (patient && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
    let output = '';
    child.stdout.on('data', (/** @type {Buffer} */ data) => {
      output += data;
      if (!patient) process.stdout.write(data);
    });
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** npm drops an optional package that does not build without a word; the tests want both flock providers. */
function requireFsExt() {
  try {
    createRequire(import.meta.url)('fs-ext');
  } catch (error) {
    console.error(
      `fs-ext is missing: npm could not build it. ${error instanceof Error ? error.message.split('\n', 1)[0] : ''}`,
    );
    console.error('Install a C++ compiler and make, delete node_modules, and run again.');
    process.exit(1);
  }
}

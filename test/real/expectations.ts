/** What the tests of the command line expect again and again. */
import assert from 'node:assert/strict';
import { runWlock, type WlockOptions } from './wlock.ts';

export interface ListedLock {
  readonly id: string;
  readonly verdict: string;
  readonly verdictReason: string;
  readonly file: string;
  readonly token?: string;
  readonly mine: boolean;
  readonly holder: { readonly name: string; readonly pid?: number };
}

export interface Listed {
  readonly version: 1;
  readonly root: string;
  readonly locks: readonly ListedLock[];
  readonly conflicts: readonly { readonly a: string; readonly b: string }[];
  readonly waiters: readonly { readonly id: string }[];
}

/** `wlock list --json`, which always succeeds and always is JSON. */
export async function listJson(root: string, options: WlockOptions = { cwd: root }): Promise<Listed> {
  const { code, stdout, stderr } = await runWlock(['list', '--json'], options);
  assert.deepEqual([code, stderr], [0, ''], stdout);
  return JSON.parse(stdout) as Listed;
}

export interface Refusal {
  readonly exit: number;
  readonly code: string;
  readonly says?: RegExp;
}

/** One sentence and one hint for people; the same as JSON for programs; the exit code. */
export async function assertRefused(words: readonly string[], options: WlockOptions, refusal: Refusal): Promise<void> {
  const [plain, asJson] = await Promise.all([
    runWlock(words, options),
    // Before the words, because what follows `--` is somebody else's.
    runWlock(['--json', ...words], options),
  ]);
  const { exit, code, says = /./ } = refusal;
  assert.equal(plain.code, exit, plain.stderr);
  assert.equal(plain.stdout, '');
  assert.match(plain.stderr, /^wlock: [^\n]+\n {7}[^\n]+\n$/);
  assert.match(plain.stderr, says);
  assert.equal(asJson.code, exit, asJson.stdout);
  assert.equal(asJson.stderr, '');
  const value = JSON.parse(asJson.stdout) as { ok: boolean; error: { code: string; message: string; hint: string } };
  assert.deepEqual([value.ok, value.error.code], [false, code], value.error.message);
  assert.match(value.error.message, says);
  assert.notEqual(value.error.hint, '');
}

/** The lock of a workspace in which there must be just one. */
export async function onlyLockIn(root: string): Promise<ListedLock> {
  const { locks } = await listJson(root);
  assert.equal(locks.length, 1);
  const [lock] = locks;
  assert.ok(lock);
  return lock;
}

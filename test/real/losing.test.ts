/** Somebody deletes the store under its users: holders are told within a second, acquires start over. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { HeldLock, LockManager, LostError } from '../../src/manager/library.ts';
import { openLibrary } from './library.ts';
import { listJson } from './expectations.ts';
import { isRunning, Started } from './started.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { runWlock, spawnWlock } from './wlock.ts';
import { removeFolder } from '../setup/removeFolder.mjs';

/** DESIGN 6.1, rule 4, and a machine that is busy. */
const toldBoundMs = 2_000;

describe('Losing a lock', () => {
  let root: TemporaryRoot;
  let started: Started;
  let manager: LockManager;
  beforeEach(async () => {
    root = new TemporaryRoot();
    started = new Started();
    manager = await openLibrary(root.path);
  });
  afterEach(async () => {
    await manager.close();
    await started.endAll();
    root[Symbol.dispose]();
  });

  async function hold(place: string): Promise<HeldLock> {
    const outcome = await manager.acquire({ scope: [{ as: 'path', text: place }], holder: 'test' });
    assert.ok(outcome.ok);
    return outcome.held;
  }

  async function toldAfter(held: HeldLock, action: () => void): Promise<unknown> {
    const began = performance.now();
    action();
    await waitFor('the holder is told', () => held.lost.aborted, toldBoundMs);
    console.log(`      told after ${(performance.now() - began).toFixed(0)} ms`);
    return (held.lost.reason as LostError).cause;
  }

  it('is told when the running directory is deleted', async () => {
    const held = await hold('a');
    const cause = await toldAfter(held, () => removeFolder(root.running));
    assert.deepEqual(cause, { kind: 'unexplained' });
    assert.equal(await held.renew(), false);
    assert.deepEqual(root.records(), [], 'renew recreates nothing');
    await held.release();
  });

  it('is told when the whole loops directory is deleted and made again', async () => {
    const held = await hold('a');
    await toldAfter(held, () => {
      removeFolder(root.in('.loops'));
      fs.mkdirSync(root.running, { recursive: true });
    });
  });

  it('is told when git clean removes what is ignored, and the next acquire makes it anew', async () => {
    execFileSync('git', ['init', '-q'], { cwd: root.path });
    const held = await hold('a');
    assert.equal(execFileSync('git', ['status', '--porcelain'], { cwd: root.path, encoding: 'utf8' }), '');
    await toldAfter(held, () => execFileSync('git', ['clean', '-fdXq'], { cwd: root.path }));
    const again = await hold('a');
    assert.equal((await manager.acquire({ scope: ['a'], holder: 'second' })).ok, false);
    await again.release();
    assert.equal((await runWlock(['run', '--path', 'a', '--', 'true'], { cwd: root.path })).code, 0);
  });

  it('is told who did it and how', async () => {
    const held = await hold('a');
    const forced = runWlock(['force-release', held.id, '--yes'], { cwd: root.path });
    const cause = (await toldAfter(held, () => undefined)) as { event: string; by: string };
    assert.equal((await forced).code, 0);
    assert.equal(cause.event, 'forced');
    assert.match(cause.by, /pid \d+/);
  });

  it('ends the command of wlock run with exit code 5, in the order TERM, then KILL', async () => {
    const script = 'trap "echo term; exit 7" TERM; echo $$; while :; do sleep 0.05; done';
    const child = started.add(spawnWlock(['run', '--path', 'a', '--', 'bash', '-c', script], { cwd: root.path }));
    await waitFor('the command runs', () => /^\d+\n/.test(child.output));
    removeFolder(root.running);
    assert.equal((await child.ended()).code, 5);
    assert.match(child.output, /^\d+\nterm\n$/);
    assert.match(child.errors, /the lock was lost \(its file was deleted from outside\)/);
  });

  it('kills a command that ignores TERM after ten seconds', async () => {
    const script = 'trap "" TERM; echo $$; while :; do sleep 0.05; done';
    const child = started.add(spawnWlock(['run', '--path', 'a', '--', 'bash', '-c', script], { cwd: root.path }));
    await waitFor('the command runs', () => /^\d+\n/.test(child.output));
    removeFolder(root.running);
    const began = performance.now();
    assert.equal((await child.ended(20_000)).code, 5);
    assert.ok(performance.now() - began > 9_000, 'it had its ten seconds');
    assert.ok(!isRunning(Number(child.output)));
  });

  it('ends a keeper, so that it does not live on for nothing', async () => {
    const { stdout } = await runWlock(['acquire', '--path', 'a', '--ttl', '100s', '--json'], { cwd: root.path });
    const { lock } = JSON.parse(stdout) as { lock: { holder: { pid: number } } };
    assert.ok(isRunning(lock.holder.pid));
    removeFolder(root.running);
    await waitFor('the keeper has ended', () => !isRunning(lock.holder.pid), toldBoundMs);
  });

  it('is not told while it only seems so: a deleted hold, gate or journal is no loss', async () => {
    const held = await hold('a');
    removeFolder(path.join(root.running, '.wlock'));
    fs.rmSync(path.join(root.running, '.acquire.lock'));
    const { locks } = await listJson(root.path);
    assert.deepEqual([locks[0]?.verdict, locks[0]?.verdictReason], ['live', 'pid-running']);
    assert.equal(await held.renew(), true);
    assert.equal((await listJson(root.path)).locks[0]?.verdictReason, 'hold-held');
    assert.equal(held.lost.aborted, false);
    await held.release();
    assert.deepEqual(root.records(), []);
  });

  it('is told although the journal cannot be read', async () => {
    const held = await hold('a');
    fs.rmSync(path.join(root.running, '.wlock', 'journal.jsonl'));
    fs.mkdirSync(path.join(root.running, '.wlock', 'journal.jsonl'));
    const cause = await toldAfter(held, () => fs.rmSync(held.file));
    assert.deepEqual(cause, { kind: 'unexplained' });
  });
});

/** A lock of another machine that somebody removes over its holder's head, and locks that processes leave behind or hand on. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LostError } from '../../src/manager/lostError.ts';
import type { AcquireOptions, HeldLock, LockManager } from '../../src/manager/library.ts';
import { openPlace } from '../real/place.ts';
import { libraryFile } from '../real/programs.ts';
import { Started, type StartedProgram } from '../real/started.ts';
import type { TemporaryRoot } from '../real/temporaryRoot.ts';
import { TemporaryRoot as Folder } from '../real/temporaryRoot.ts';
import { waitFor } from '../real/waitFor.ts';
import { runWlock, spawnWlock } from '../real/wlock.ts';
import { Clones } from './clones.ts';
import { EtcdCluster } from './cluster.ts';

describe('A lock in a cluster', () => {
  let cluster: EtcdCluster;
  let clones: Clones;
  let started: Started;
  let here: TemporaryRoot;
  let there: TemporaryRoot;
  before(async () => (cluster = await EtcdCluster.start({ members: 1, quick: true })));
  after(() => cluster.end());
  beforeEach(() => {
    clones = new Clones({ endpoints: cluster.endpoints });
    started = new Started();
    [here, there] = [clones.make(), clones.make()];
  });
  afterEach(async () => {
    await started.endAll();
    await clones[Symbol.asyncDispose]();
  });

  async function startHolder(root: TemporaryRoot, text = 'a'): Promise<StartedProgram> {
    const words = ['run', '--path', text, '--holder', 'first', '--', 'sh', '-c', 'echo in; exec sleep 1000'];
    const holder = started.add(spawnWlock(words, { cwd: root.path }));
    await waitFor(
      () => `it holds. ${holder.errors}`,
      () => holder.output.includes('in'),
    );
    return holder;
  }

  async function take(by: LockManager, text: string, more: Partial<AcquireOptions> = {}): Promise<HeldLock> {
    const outcome = await by.acquire({ scope: [{ as: 'path', text }], holder: 'somebody', ...more });
    assert.ok(outcome.ok, JSON.stringify(outcome));
    return outcome.held;
  }

  it('that is force-released from another clone ends its command, says by whom, and leaves nothing anywhere', async () => {
    fs.mkdirSync(here.in('.agent_locks'));
    const holder = await startHolder(here);
    assert.ok(fs.readdirSync(here.in('.agent_locks')).length > 0);
    const elsewhere = await clones.open(there);
    const [lock] = (await elsewhere.refresh()).locks;
    assert.ok(lock);
    const { code, stderr } = await runWlock(['force-release', lock.id, '--yes'], { cwd: there.path });
    assert.equal(code, 0, stderr);
    assert.equal((await holder.ended()).code, 5, holder.errors);
    assert.match(holder.errors, /force-released by .+, pid \d+ on /);
    assert.deepEqual(here.records(), []);
    assert.deepEqual(fs.readdirSync(here.in('.agent_locks')), []);
    assert.deepEqual((await elsewhere.refresh()).locks, []);
  });

  it('that was left by the dead of the same store is cleared at once by the next there', async () => {
    const holder = await startHolder(here);
    const elsewhere = await clones.open(there);
    const [left] = (await elsewhere.refresh()).locks;
    holder.kill('SIGKILL');
    await holder.ended();
    await using next = await take(await clones.open(here), 'a');
    assert.equal(next.lost.aborted, false);
    const { locks } = await elsewhere.refresh();
    assert.deepEqual(
      locks.map(({ id }) => id),
      [next.id],
    );
    assert.notEqual(left?.id, next.id);
  });

  it('that was left by the dead of another clone goes with its lease only', async () => {
    const holder = await startHolder(here);
    holder.kill('SIGKILL');
    await holder.ended();
    const elsewhere = await clones.open(there);
    const refused = await elsewhere.acquire({ scope: [{ as: 'path', text: 'a' }], holder: 'next' });
    assert.equal(refused.ok, false);
    await using next = await take(elsewhere, 'a', { waitMs: 10_000 });
    assert.equal(next.lost.aborted, false);
  });

  it('is not left by the dead to a container that has another folder at the same path', async () => {
    // Both see their folder as /mnt: with the same path, machine id and boot, only the folder itself tells them apart.
    const folder = new Folder();
    try {
      for (const name of ['one', 'two', 'at']) fs.mkdirSync(folder.in(name));
      for (const name of ['one', 'two']) {
        fs.cpSync(here.in('.wlock.json'), folder.in(name, '.wlock.json'));
        fs.mkdirSync(folder.in(name, '.loops'));
      }
      const at = folder.in('at');
      const places = await Promise.all(
        ['one', 'two'].map((name) =>
          openPlace(started, {
            namespaces: ['mount'],
            setup: `mount --bind "$0/../${name}" "$0"`,
            folder: at,
          }),
        ),
      );
      const [one, two] = places;
      assert.ok(one && two);
      const words = ['run', '--path', 'a', '--holder', 'first', '--', 'sh', '-c', 'echo in; exec sleep 1000'];
      const holder = started.add(spawnWlock(words, { cwd: folder.path, wrapper: one.wrapper }));
      await waitFor(
        () => `it holds. ${holder.errors}`,
        () => holder.output.includes('in'),
      );
      assert.equal(fs.readdirSync(path.join(folder.in('one'), '.loops', '.running')).length > 0, true);
      const refused = await runWlock(['run', '--path', 'a', '--', 'true'], { cwd: folder.path, wrapper: two.wrapper });
      assert.equal(refused.code, 3, refused.stderr);
      assert.match(refused.stderr, /first/);
      assert.equal(holder.isRunning, true);
    } finally {
      await started.endAll();
      folder[Symbol.dispose]();
    }
  });

  it('keeps its id and its token where another process of the session takes it over, and nobody gets in between', async () => {
    const script = `
import { openLocks } from ${JSON.stringify(libraryFile)};
const locks = await openLocks({ root: process.argv[1], session: 'window' });
const { held } = await locks.acquire({ scope: [{ as: 'path', text: 'a' }], holder: 'first' });
held.lost.addEventListener('abort', async () => { await held.release(); console.log('lost', held.lost.reason.cause.event); });
console.log('held', held.token);
setInterval(() => undefined, 1000);
`;
    const holder = started.add(spawn(process.execPath, ['--input-type=module', '-e', script, here.path]));
    await waitFor(
      () => `it holds. ${holder.errors}`,
      () => holder.output.includes('held'),
    );
    const elsewhere = await clones.open(there);
    const got: string[] = [];
    const signal = new AbortController();
    const waiting = elsewhere
      .acquire({ scope: [{ as: 'path', text: 'a' }], holder: 'other', waitMs: 60_000, signal: signal.signal })
      .then(() => got.push('other'))
      .catch(() => undefined);
    await waitFor('it waits', async () => (await elsewhere.refresh()).waiters.length === 1);
    const locks = await clones.open(here, 'window');
    const [lock] = (await locks.refresh()).locks;
    const held = lock && (await locks.takeOver(lock));
    assert.ok(held);
    await waitFor('the first is told', () => holder.output.includes('lost transferred'));
    assert.ok(holder.output.includes(`held ${held.token}\n`), held.token);
    assert.equal(held.id, lock.id);
    holder.kill('SIGKILL');
    await holder.ended();
    // Longer than the lease of the first, under which it stands no more.
    const until = performance.now() + 7_000;
    await waitFor('a TTL has gone by', () => performance.now() > until);
    assert.deepEqual(got, []);
    assert.equal(held.lost.aborted, false, String((held.lost.reason as LostError | undefined)?.message));
    const again = await clones.open(there);
    assert.equal((await again.acquire({ scope: [{ as: 'path', text: 'a' }], holder: 'x' })).ok, false);
    signal.abort();
    await waiting;
    await held.release();
    await (await take(again, 'a')).release();
  });
});

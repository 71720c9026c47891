/** claude-swarm's lock directory with everybody in it: our other stores, our own disjoint locks, agents, odd spellings. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import type { Lock } from '../../src/core/lock.ts';
import { openLocks, type LockManager } from '../../src/manager/lockManager.ts';
import type { HeldLock } from '../../src/manager/heldLock.ts';
import { TemporaryRoot } from '../real/temporaryRoot.ts';

describe('In claude-swarm’s lock directory', () => {
  let root: TemporaryRoot;
  let managers: LockManager[];
  beforeEach(() => {
    root = new TemporaryRoot();
    for (const folder of ['.agent_locks', 'src', 'docs']) fs.mkdirSync(root.in(folder));
    managers = [];
  });
  afterEach(async () => {
    for (const manager of managers) await manager.close();
    root[Symbol.dispose]();
  });

  const open = async (folder = '', environment: NodeJS.ProcessEnv = {}): Promise<LockManager> => {
    const manager = await openLocks({ root: root.in(folder), environment: { HOME: root.in('home'), ...environment } });
    managers.push(manager);
    return manager;
  };
  const hold = async (manager: LockManager, ...scope: readonly string[]): Promise<HeldLock> => {
    const outcome = await manager.acquire({ scope, holder: 'me' });
    assert.ok(outcome.ok, 'refused');
    return outcome.held;
  };
  const isRefused = async (manager: LockManager, ...scope: readonly string[]): Promise<boolean> => {
    const outcome = await manager.acquire({ scope, holder: 'another' });
    if (outcome.ok) await outcome.held.release();
    return !outcome.ok;
  };
  const records = (): readonly string[] => fs.readdirSync(root.in('.agent_locks'));
  /** As if it had been refreshed so long ago. */
  const setBack = (name: string, seconds: number): void => {
    const file = root.in('.agent_locks', name);
    const text = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(
      file,
      text.replace(/"locked_at": [\d.]+/, `"locked_at": ${(Date.now() / 1_000 - seconds).toFixed(6)}`),
    );
  };
  const swarmLocks = async (manager: LockManager): Promise<readonly Lock[]> =>
    (await manager.refresh()).locks.filter(({ protocol }) => protocol === 'claude-swarm');

  describe('two stores of ours below one root of it', () => {
    const openBoth = async (): Promise<readonly [LockManager, LockManager]> => [await open(), await open('src')];

    it('obey each other’s living locks, and show whose they are', async () => {
      const [one, two] = await openBoth();
      const held = await hold(one, 'src');
      const before = records();
      assert.equal(before.length, 2);
      assert.equal(await isRefused(two, 'a.py'), true);
      assert.deepEqual(records(), before);
      const [lock] = await swarmLocks(two);
      assert.deepEqual([lock?.verdict, lock?.holder.name, lock?.standsFor], ['live', 'me', undefined]);
      assert.ok(lock);
      assert.equal((await two.reap(lock)).kind, 'still-live');
      await held.check();
      assert.equal(held.lost.aborted, false);
      await held.release();
      assert.equal(await isRefused(two, 'a.py'), false);
    });

    it('leave each other’s locks until their time is over', async () => {
      const [one, two] = await openBoth();
      const held = await hold(one, 'src/a.py');
      for (const name of records()) setBack(name, 301);
      assert.equal(await isRefused(two, 'a.py'), false);
      await held.check();
      assert.deepEqual(held.lost.reason, { kind: 'lost-elsewhere', protocol: 'claude-swarm' });
      await held.release();
    });
  });
});

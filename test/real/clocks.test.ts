/** Leases do not depend on what the clock says: it is set forward and back, and processes are stopped for longer than a TTL. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { findFaketime } from '../setup/faketime.mjs';
import { listJson, onlyLockIn } from './expectations.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { runWlock, type WlockOptions } from './wlock.ts';

interface Lease {
  readonly id: string;
  readonly verdict: string;
  readonly renewedAt: string;
  readonly expiresAt: string;
  readonly holder: { readonly pid: number };
}

const dayMs = 86_400_000;

describe('A lease', () => {
  let root: TemporaryRoot;
  let library: string;
  let environment: NodeJS.ProcessEnv;
  /** What libfaketime adds to the clock of those who look at this file. */
  const setClock = (offset: string): void => fs.writeFileSync(root.in('clock'), offset);

  before(async () => {
    library = await findFaketime();
  });

  beforeEach(() => {
    root = new TemporaryRoot();
    environment = {
      WLOCK_SESSION: 'test',
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: root.in('clock'),
      FAKETIME_NO_CACHE: '1',
      // What somebody sets is the wall clock.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    setClock('+0');
  });

  afterEach(async () => {
    for (const { holder } of (await listJson(root.path)).locks) {
      if (holder.pid === undefined) continue;
      process.kill(holder.pid, 'SIGCONT');
      process.kill(holder.pid, 'SIGKILL');
    }
    root[Symbol.dispose]();
  });

  const run = (words: readonly string[], options: Partial<WlockOptions> = {}): ReturnType<typeof runWlock> =>
    runWlock(words, { cwd: root.path, environment, ...options });
  const lease = async (): Promise<Lease> => (await onlyLockIn(root.path)) as unknown as Lease;
  const acquire = async (ttl: string): Promise<Lease> => {
    const { code, stdout, stderr } = await run(['acquire', '--path', 'src', '--ttl', ttl, '--json']);
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout) as { readonly lock: Lease }).lock;
  };

  it('is kept, renewed, obeyed and ends in time while the clock of its holder jumps by days', async () => {
    await acquire('10m');
    for (const [offset, days] of [
      ['+3d', 3],
      ['-4d', -4],
    ] as const) {
      setClock(offset);
      const { id } = await lease();
      assert.equal((await run(['renew', id])).code, 0);
      const renewed = await lease();
      const jumpedMs = Date.parse(renewed.renewedAt) - Date.now();
      assert.ok(Math.abs(jumpedMs - days * dayMs) < dayMs / 2, `the holder’s clock did jump: ${renewed.renewedAt}`);
      assert.equal(renewed.verdict, 'live');
      // Whoever looks, and whatever his clock says: it is held, not overdue.
      for (const environmentOfOther of [{}, { ...environment, WLOCK_SESSION: 'other' }]) {
        const other = { environment: environmentOfOther };
        assert.equal((await run(['reap', id], other)).code, 3);
        assert.equal((await run(['run', '--path', 'src/a', '--', 'true'], other)).code, 3);
      }
    }
    const { id } = await lease();
    const last = await run(['renew', id, '--ttl', '3s']); // long enough for its answer to be read on a busy machine
    assert.equal(last.code, 0, last.stderr);
    await waitFor('its end, by its own time', async () => (await listJson(root.path)).locks.length === 0);
  });

  it('is kept while its holder is stopped for longer than its TTL, and given back when it runs again', async () => {
    const { holder, id, expiresAt } = await acquire('3s'); // long enough to be stopped in it on a busy machine
    process.kill(holder.pid, 'SIGSTOP');
    await waitFor('the end of its time', () => Date.now() > Date.parse(expiresAt) + 500);
    assert.equal((await lease()).verdict, 'live');
    assert.equal((await run(['reap', id])).code, 3);
    assert.equal((await run(['run', '--path', 'src', '--', 'true'], { environment: {} })).code, 3);
    process.kill(holder.pid, 'SIGCONT');
    await waitFor('its end', async () => (await listJson(root.path)).locks.length === 0);
  });

  it('whose holder was killed is stale, whatever the clock says', async () => {
    await acquire('10m');
    process.kill((await lease()).holder.pid, 'SIGKILL');
    for (const offset of ['+400d', '-400d']) {
      setClock(offset);
      const { stdout } = await run(['list', '--json']);
      const { locks } = JSON.parse(stdout) as { locks: readonly Lease[] };
      assert.deepEqual(
        locks.map(({ verdict }) => verdict),
        ['stale'],
      );
    }
    assert.equal((await run(['run', '--path', 'src', '--', 'true'])).code, 0);
  });
});

/** Which locks a command means: ids, holders, ages, verdicts, scopes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { assertRefused, listJson, type Listed, type ListedLock } from './expectations.ts';
import { isRunning, Started } from './started.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { runWlock, type WlockResult } from './wlock.ts';

const mine = { WLOCK_SESSION: 'mine' };
const theirs = { WLOCK_SESSION: 'theirs' };

describe('Selectors', () => {
  let root: TemporaryRoot;
  let started: Started;
  let keepers: number[];
  beforeEach(() => {
    root = new TemporaryRoot();
    started = new Started();
    keepers = [];
  });
  afterEach(async () => {
    await started.endAll();
    root[Symbol.dispose]();
    for (const pid of keepers) await waitFor(`keeper ${pid} has ended`, () => !isRunning(pid));
  });

  const wlock = (words: readonly string[], environment: NodeJS.ProcessEnv = mine): Promise<WlockResult> =>
    runWlock(words, { cwd: root.path, environment });

  /** Holds `place` and returns its id. */
  async function acquire(place: string, holder: string, environment = mine, ...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await wlock(
      ['acquire', '--json', '--path', place, '--holder', holder, '--ttl', '100s', ...words],
      environment,
    );
    assert.equal(code, 0, stderr + stdout);
    const { lock } = JSON.parse(stdout) as { lock: ListedLock };
    if (lock.holder.pid !== undefined) keepers.push(lock.holder.pid);
    return lock.id;
  }

  /** A record of little-loops, as old as that; dead unless a pid is given. */
  function putRecord(
    name: string,
    changes: { place?: string; pid?: number; ageMs?: number; holder?: string } = {},
  ): void {
    const { place = name, pid = 99_999_999, ageMs = 0, holder = name } = changes;
    fs.mkdirSync(root.running, { recursive: true });
    fs.writeFileSync(
      `${root.running}/${name}.lock`,
      JSON.stringify({
        loop_name: holder,
        scope: [root.in(place)],
        pid,
        started_at: new Date(Date.now() - ageMs).toISOString().replace('Z', '000+00:00'),
      }),
    );
  }

  function livingPid(): number {
    return started.add(spawn('sleep', ['1000'])).pid;
  }

  const ids = async (): Promise<readonly string[]> => (await listJson(root.path)).locks.map(({ id }) => id).sort();
  const holders = ({ locks }: Listed): readonly string[] => locks.map(({ holder }) => holder.name).sort();

  async function listed(...words: readonly string[]): Promise<Listed> {
    const { code, stdout, stderr } = await wlock(['list', '--json', ...words]);
    assert.deepEqual([code, stderr], [0, '']);
    return JSON.parse(stdout) as Listed;
  }

  describe('wlock release', () => {
    it('--holder gives back all locks of that holder in this session, and no others', async () => {
      await acquire('a', 'nightly');
      await acquire('b', 'nightly');
      const other = await acquire('c', 'nightly-2');
      const { code, stdout } = await wlock(['release', '--holder', 'nightly', '--json']);
      assert.equal(code, 0, stdout);
      assert.equal((JSON.parse(stdout) as { locks: unknown[] }).locks.length, 2);
      assert.deepEqual(await ids(), [other]);
      const again = await wlock(['release', '--holder', 'nightly']);
      assert.equal(again.code, 0, 'twice is fine');
      assert.match(again.stderr, /"nightly" has no locks here/);
    });

    it('--holder changes nothing where one of them is another session’s', async () => {
      await acquire('a', 'nightly');
      await acquire('b', 'nightly', theirs);
      const before = await ids();
      const refusal = { exit: 1, code: 'not-yours', says: /b is held by nightly, in another session/ };
      await assertRefused(['release', '--holder', 'nightly'], { cwd: root.path, environment: mine }, refusal);
      assert.deepEqual(await ids(), before);
    });

    it('--holder changes nothing where one of them is a running loop’s, and leaves a dead one to reaping', async () => {
      await acquire('a', 'nightly');
      putRecord('x', { holder: 'nightly', pid: livingPid() });
      const before = await ids();
      const refusal = { exit: 1, code: 'not-yours', says: /x was not taken with wlock/ };
      await assertRefused(['release', '--holder', 'nightly'], { cwd: root.path, environment: mine }, refusal);
      assert.deepEqual(await ids(), before);

      putRecord('x', { holder: 'nightly' });
      assert.equal((await wlock(['release', '--holder', 'nightly'])).code, 0);
      assert.deepEqual(await ids(), ['x']);
    });

    it('--all gives back what is of this session', async () => {
      await acquire('a', 'one');
      await acquire('b', 'two');
      const other = await acquire('c', 'one', theirs);
      assert.equal((await wlock(['release', '--all'])).code, 0);
      assert.deepEqual(await ids(), [other]);
      assert.match((await wlock(['release', '--all'])).stderr, /This session has no locks here/);
    });

    it('takes several ids, some of which may have ended, and the same one twice', async () => {
      const [a, b, c] = [await acquire('a', 'me'), await acquire('b', 'me'), await acquire('c', 'me')];
      assert.equal((await wlock(['release', a])).code, 0);
      const { code, stderr } = await wlock(['release', a, b, b, c.slice(0, 13)]);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^Released .*\nReleased .*\n.* is not locked any more\.\n$/);
      assert.deepEqual(await ids(), []);
    });

    it('with several ids changes nothing where one is not there or not ours', async () => {
      const [a, b] = [await acquire('a', 'me'), await acquire('b', 'them', theirs)];
      const options = { cwd: root.path, environment: mine };
      await assertRefused(['release', a, b], options, { exit: 1, code: 'not-yours' });
      await assertRefused(['release', a, 'nothing'], options, { exit: 1, code: 'not-found' });
      assert.deepEqual(await ids(), [a, b].sort());
    });

    it('prints the one lock under its own key, as ever, and all under locks', async () => {
      const [a, b, c] = [await acquire('a', 'me'), await acquire('b', 'me'), await acquire('c', 'me')];
      const json = async (...words: string[]): Promise<{ lock?: { id: string } | null; locks: { id: string }[] }> =>
        JSON.parse((await wlock(['release', '--json', ...words])).stdout) as { locks: { id: string }[] };
      const one = await json(a);
      assert.deepEqual([one.lock?.id, one.locks.map(({ id }) => id)], [a, [a]]);
      assert.deepEqual(await json(a), { version: 1, ok: true, lock: null, locks: [] });
      const two = await json(b, c);
      assert.deepEqual(['lock' in two, two.locks.map(({ id }) => id).sort()], [false, [b, c].sort()]);
    });

    it('refuses ids together with a selector, two selectors, none at all, and a token for many', async () => {
      const usage = { exit: 2, code: 'usage' };
      for (const words of [['x', '--holder', 'h'], ['x', '--all'], ['--all', '--holder', 'h'], []]) {
        await assertRefused(['release', ...words], { cwd: root.path }, usage);
      }
      await assertRefused(['release', 'x', 'y', '--token', 'loops:1'], { cwd: root.path }, usage);
      await assertRefused(['release', '--all', '--token', 'loops:1'], { cwd: root.path }, usage);
    });
  });

  describe('wlock reap', () => {
    const hourMs = 3_600_000;

    const reaped = async (...words: string[]): Promise<{ reaped: string[]; kept: string[]; code: unknown }> => {
      const { code, stdout } = await wlock(['reap', '--json', ...words]);
      const value = JSON.parse(stdout) as Record<'reaped' | 'kept', { id: string }[]>;
      return { code, reaped: value.reaped.map(({ id }) => id).sort(), kept: value.kept.map(({ id }) => id).sort() };
    };

    it('--older-than takes only stale locks of that age; a living one stays however old it is', async () => {
      putRecord('old', { ageMs: hourMs });
      putRecord('young');
      putRecord('alive', { ageMs: 24 * hourMs, pid: livingPid() });
      assert.deepEqual(await reaped('--older-than', '10m', '--dry-run'), { code: 0, reaped: ['old'], kept: [] });
      assert.deepEqual(await ids(), ['alive', 'old', 'young'], 'a dry run deletes nothing');
      assert.deepEqual(await reaped('--older-than', '10m'), { code: 0, reaped: ['old'], kept: [] });
      assert.deepEqual(await ids(), ['alive', 'young']);
    });

    it('--older-than leaves a lock alone that does not say since when', async () => {
      putRecord('x', { ageMs: hourMs });
      const file = `${root.running}/x.lock`;
      fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/"started_at":"[^"]*"/, '"started_at":"long ago"'));
      assert.deepEqual((await reaped('--older-than', '1s')).reaped, []);
      assert.deepEqual((await reaped()).reaped, ['x']);
    });

    it('--holder takes only that holder’s, by the whole name', async () => {
      putRecord('x', { holder: 'nightly' });
      putRecord('y', { holder: 'nightly-2' });
      assert.deepEqual((await reaped('--holder', 'night')).reaped, []);
      assert.deepEqual((await reaped('--holder', 'nightly')).reaped, ['x']);
      assert.deepEqual(await ids(), ['y']);
    });

    it('with ids takes those that also match, and says 3 and why where one stays', async () => {
      putRecord('old', { ageMs: hourMs });
      putRecord('young');
      const words = ['old', 'young', '--older-than', '10m'];
      assert.deepEqual(await reaped(...words, '--dry-run'), { code: 3, reaped: ['old'], kept: ['young'] });
      const { code, stdout } = await wlock(['reap', ...words]);
      assert.equal(code, 3);
      assert.match(stdout, /^Reaped old .*\nKept young \(young, young\): .*--older-than leaves it out\.\n$/);
      assert.deepEqual(await ids(), ['young']);
    });

    it('refuses an age that is none', async () => {
      for (const age of ['', '-1m', 'old', '0s'])
        assert.equal((await wlock(['reap', '--older-than', age])).code, 2, age);
    });
  });

  describe('wlock list', () => {
    beforeEach(async () => {
      await acquire('a', 'me');
      await acquire('docs', 'them', theirs, '--shared', '--reason', 'reading\u001b[2J');
      putRecord('dead', { place: 'a/b', ageMs: 3_600_000 });
      fs.writeFileSync(`${root.running}/broken.lock`, 'not JSON');
      putRecord('loop', { place: 'a/c', pid: livingPid() });
    });

    it('filters by holder, verdict, session, protocol, age and scope', async () => {
      assert.deepEqual(holders(await listed('--holder', 'me')), ['me']);
      assert.deepEqual(holders(await listed('--verdict', 'stale')), ['dead']);
      assert.deepEqual(holders(await listed('--verdict', 'stale', '--verdict', 'malformed')), ['dead', 'unknown']);
      assert.deepEqual(holders(await listed('--mine')), ['me']);
      assert.equal((await listed('--protocol', 'loops')).locks.length, 5);
      assert.equal((await listed('--protocol', 'etcd')).locks.length, 0);
      assert.deepEqual(holders(await listed('--older-than', '10m')), ['dead']);
      assert.deepEqual(holders(await listed('--covering', 'docs/guide.md')), ['them']);
      assert.deepEqual(holders(await listed('--covering', 'a/b')), ['dead', 'me']);
      assert.deepEqual(holders(await listed('--covering', 'a/*')), ['dead', 'loop', 'me'], 'a pattern too');
      assert.deepEqual(holders(await listed('--covering', '.', '--verdict', 'live', '--holder', 'loop')), ['loop']);
    });

    it('keeps its shape, and names conflicts only among what is shown', async () => {
      const all = await listed();
      assert.equal(all.conflicts.length, 1, 'the loop overlaps a');
      const one = await listed('--holder', 'me');
      assert.deepEqual(Object.keys(one), Object.keys(all));
      assert.deepEqual(one.conflicts, []);
      assert.equal((await listed('--verdict', 'live')).conflicts.length, 1);
      assert.match((await wlock(['list', '--verdict', 'live'])).stdout, /CONFLICT/);
      assert.doesNotMatch((await wlock(['list', '--holder', 'me'])).stdout, /CONFLICT/);
    });

    it('filters the text too, and says that there are others', async () => {
      const { stdout } = await wlock(['list', '--holder', 'loop']);
      assert.match(stdout, /^HOLDER.*\nloop .*\n$/);
      assert.match((await wlock(['list', '--holder', 'nobody'])).stdout, /^None of the 5 locks in .* matches\.\n$/);
    });

    it('says shared and when it expires, and with --long mode, token and reason', async () => {
      const short = (await wlock(['list', '--holder', 'them'])).stdout;
      assert.match(short, /live, shared, expires in 1 min {2}/);
      const { stdout } = await wlock(['list', '-l']);
      assert.match(stdout, /^HOLDER +SCOPE +AGE +STATE +MODE +EXPIRY +TOKEN +ID +REASON\n/);
      assert.match(stdout, /^them +docs +\S.* live +shared +expires in 1 min +loops:\d+ +\S+ +reading\\u\{1b\}\[2J$/m);
      assert.match(stdout, /^loop +a\/c +\S.* live +exclusive +- +- +loop +-$/m);
      assert.doesNotMatch(stdout, /\u001b/);
    });

    it('refuses words that it does not know', async () => {
      assert.equal((await wlock(['list', '--verdict', 'dead'])).code, 2);
      assert.equal((await wlock(['list', '--protocol', 'nfs'])).code, 2);
      await assertRefused(['list', '--covering', '/'], { cwd: root.path }, { exit: 2, code: 'outside-root' });
    });
  });
});

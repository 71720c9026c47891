/**
 * Is it alive? Each situation in which a process number, a clock or a file alone would lie, with real processes: what is
 * said, and what follows from it. The table behind it: test/unit/verdict.test.ts. Clocks that are set: clocks.test.ts.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describeFileSystem } from '../../src/os/fileSystems.ts';
import { findBindfs } from '../setup/bindfs.mjs';
import { assertRefused, listJson, type ListedLock } from './expectations.ts';
import { openPlace, type Place } from './place.ts';
import { peerFile, pythonFile } from './programs.ts';
import { isRunning, Started, type StartedProgram } from './started.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { runWlock, spawnWlock, type WlockOptions } from './wlock.ts';

/** What `list` says of a lock, and what the other commands do about it. */
interface Expected {
  readonly verdict: 'live' | 'stale' | 'unknown';
  readonly reason: string;
  /** As on the troubleshooting page. */
  readonly says: string;
}

const heldByKernelLock: Expected = {
  verdict: 'live',
  reason: 'hold-held',
  says: 'Held by a running process: its kernel lock is taken.',
};
const heldByProcess = (pid: number): Expected => ({
  verdict: 'live',
  reason: 'pid-running',
  says: `Held by a running process: process ${pid} is alive.`,
});
const kernelLockFreed: Expected = {
  verdict: 'stale',
  reason: 'hold-released',
  says: 'Its holder is gone: the kernel has freed its lock.',
};
const processGone = (pid: number): Expected => ({
  verdict: 'stale',
  reason: 'pid-dead',
  says: `Its holder is gone: process ${pid} does not exist any more.`,
});
const ofAnotherContainer = (pid: number): Expected => ({
  verdict: 'unknown',
  reason: 'other-pid-namespace',
  says: `Cannot tell whether its holder lives: process ${pid} belongs to another container.`,
});
const ofAnotherClock = (pid: number): Expected => ({
  verdict: 'unknown',
  reason: 'other-time-namespace',
  says: `Cannot tell whether its holder lives: process ${pid} belongs to a container with another clock.`,
});

const bootIdFile = '/proc/sys/kernel/random/boot_id';

describe('Is it alive?', () => {
  let root: TemporaryRoot;
  let started: Started;

  before(() => {
    assert.equal(process.getuid?.(), 0, 'Namespaces, mounts and other users need root: run these tests as root.');
  });

  beforeEach(() => {
    root = new TemporaryRoot();
    started = new Started();
  });

  afterEach(async () => {
    await started.endAll();
    root[Symbol.dispose]();
  });

  const at = (place: Partial<WlockOptions> = {}): WlockOptions => ({ cwd: root.path, ...place });

  const lockSeen = async (place: Partial<WlockOptions> = {}): Promise<ListedLock> => {
    const { locks } = await listJson(root.path, at(place));
    assert.equal(locks.length, 1);
    const [lock] = locks;
    assert.ok(lock);
    return lock;
  };

  /** A holder of `src`, until the test ends it. */
  async function holds(place: Partial<WlockOptions> = {}): Promise<StartedProgram> {
    const program = started.add(
      spawnWlock(['run', '--path', 'src', '--', 'sh', '-c', 'echo in; exec sleep 1000'], at(place)),
    );
    await waitFor(`the lock: ${program.errors}`, () => program.output.includes('in'));
    return program;
  }

  /** The same by little-loops, which records its process number and nothing else. */
  async function loopHolds({ wrapper = [] }: { readonly wrapper?: readonly string[] } = {}): Promise<StartedProgram> {
    const loop = [pythonFile(), peerFile, '--root', root.path, 'acquire', '--name', 'loop', '--scope', 'src'];
    const [program, ...words] = [...wrapper, ...loop, '--hold', '1000'];
    const child = started.add(spawn(program, words, { cwd: root.path }));
    await waitFor(`the loop holds: ${child.errors}`, () => child.output.includes('"acquired"'));
    return child;
  }

  /** Kills the holder by the number that it has where it runs. */
  async function kill(holder: StartedProgram, { holder: { pid } }: ListedLock, { wrapper = [] }: Partial<Place> = {}) {
    const [program, ...words] = [...wrapper, 'kill', '-KILL', String(pid)];
    execFileSync(program, words);
    await holder.ended();
  }

  /** As if written so from the beginning: records are only ever replaced whole. */
  function rewrite({ file }: ListedLock, changes: object, ours: object = {}): void {
    const record = JSON.parse(fs.readFileSync(file, 'utf8')) as { readonly wlock?: object };
    const wlock = record.wlock && { ...record.wlock, ...ours };
    fs.writeFileSync(file, JSON.stringify({ ...record, ...changes, wlock }));
  }

  /** Somebody cleans up too much (`git clean`): then only the process number is left to go by. */
  const deleteHolds = (): void =>
    fs.rmSync(path.join(root.running, '.wlock', 'alive'), { recursive: true, force: true });

  /** The verdict, its sentence, and what follows: a lock that may live is neither passed by nor reaped. */
  async function assertBlocks(expected: Expected, place: Partial<WlockOptions> = {}): Promise<void> {
    const lock = await lockSeen(place);
    assert.deepEqual([lock.verdict, lock.verdictReason], [expected.verdict, expected.reason]);
    const run = await runWlock(['run', '--path', 'src/a', '--', 'true'], at(place));
    assert.equal(run.code, 3, run.stderr);
    assert.ok(run.stderr.includes(expected.says), run.stderr);
    const reap = await runWlock(['reap', lock.id], at(place));
    assert.equal(reap.code, 3, reap.stdout);
    assert.ok(reap.stdout.startsWith('Kept ') && reap.stdout.includes(expected.says), reap.stdout);
    assert.ok(fs.existsSync(lock.file), 'its record stays');
  }

  /** The verdict, its sentence, and what follows: it is reaped, and would not have to be, because it is passed by. */
  async function assertBlocksNobody(expected: Expected, place: Partial<WlockOptions> = {}): Promise<void> {
    const lock = await lockSeen(place);
    assert.deepEqual([lock.verdict, lock.verdictReason], [expected.verdict, expected.reason]);
    fs.cpSync(root.running, root.in('copy'), { recursive: true });
    const reap = await runWlock(['reap'], at(place));
    assert.ok(reap.stdout.startsWith('Reaped ') && reap.stdout.endsWith(`: ${expected.says}\n`), reap.stdout);
    assert.deepEqual(root.records(), []);
    fs.cpSync(root.in('copy'), root.running, { recursive: true });
    fs.rmSync(root.in('copy'), { recursive: true });
    const run = await runWlock(['run', '--path', 'src/a', '--', 'true'], at(place));
    assert.deepEqual([run.code, run.stderr], [0, '']);
    assert.deepEqual(root.records(), []);
  }

  async function assertForceReleased(place: Partial<WlockOptions> = {}): Promise<void> {
    const { id } = await lockSeen(place);
    const { code, stderr } = await runWlock(['force-release', id, '--yes'], at(place));
    assert.equal(code, 0, stderr);
    assert.deepEqual(root.records(), []);
  }

  describe('when its process number was given to another program', () => {
    let place: Place;
    beforeEach(async () => {
      place = await openPlace(started, { namespaces: ['pid', 'mount'], folder: root.path });
    });

    /** The kernel counts numbers up from the last; in a namespace of our own we say which one that was. */
    async function reuse(pid: number): Promise<void> {
      const script = `echo ${pid - 1} > /proc/sys/kernel/ns_last_pid; sleep 1000 & echo $!; wait`;
      const [program, ...words] = [...place.wrapper, 'sh', '-c', script];
      await waitFor(`another program with the number ${pid}`, async () => {
        const other = started.add(spawn(program, words));
        await waitFor('its number', () => other.output.endsWith('\n'));
        return Number(other.output) === pid;
      });
    }

    it('ours is gone, by its hold and by its start time', async () => {
      const holder = await holds(place);
      const lock = await lockSeen(place);
      assert.ok(lock.holder.pid);
      await kill(holder, lock, place);
      await reuse(lock.holder.pid);
      const record = fs.readFileSync(lock.file);
      await assertBlocksNobody(kernelLockFreed, place);

      fs.writeFileSync(lock.file, record);
      deleteHolds();
      const says = `Its holder is gone: process ${lock.holder.pid} is now another program, started at another time.`;
      await assertBlocksNobody({ verdict: 'stale', reason: 'pid-recycled', says }, place);
    });

    it("little-loops' cannot be told from a clock that was set, and blocks", async () => {
      const holder = await loopHolds(place);
      const lock = await lockSeen(place);
      assert.ok(lock.holder.pid);
      await kill(holder, lock, place);
      await reuse(lock.holder.pid);
      // Numbers come round after hours, not at once.
      rewrite(lock, { started_at: new Date(Date.now() - 3_600_000).toISOString() });
      const says = `Cannot tell whether its holder lives: process ${lock.holder.pid} looks younger than the lock.`;
      await assertBlocks({ verdict: 'unknown', reason: 'perhaps-recycled', says }, place);
      await assertForceReleased(place);
    });
  });

  it('no, when it is a zombie: its parent has not asked yet how it ended', async () => {
    const script = 'import subprocess, sys; subprocess.Popen(sys.argv[1:]); sys.stdin.read()';
    await loopHolds({ wrapper: [pythonFile(), '-c', script] });
    const lock = await lockSeen();
    const { pid } = lock.holder;
    assert.ok(pid);
    await assertBlocks(heldByProcess(pid));
    process.kill(pid, 'SIGKILL');
    await waitFor('its end', () => !isRunning(pid));
    process.kill(pid, 0); // its number is still taken
    const says = `Its holder is gone: process ${pid} has ended.`;
    await assertBlocksNobody({ verdict: 'stale', reason: 'pid-dead', says });
  });

  it('yes, when it is another user’s process that may not be signalled (EPERM), or not even seen', async () => {
    const holder = await loopHolds();
    fs.chmodSync(root.running, 0o777);
    assert.equal((await runWlock(['list'], at({ asNobody: true }))).code, 0);
    await assertBlocks(heldByProcess(holder.pid), { asNobody: true });
    const hidden = ['unshare', '--mount', 'sh', '-c', 'mount -t proc -o hidepid=2 proc /proc && exec "$@"', 'sh'];
    await assertBlocks(heldByProcess(holder.pid), { asNobody: true, wrapper: hidden });
    holder.kill('SIGKILL');
    await holder.ended();
    await assertBlocksNobody(processGone(holder.pid), { asNobody: true });
  });

  describe('in another container that shares the folder', () => {
    let container: Place;
    beforeEach(async () => {
      container = await openPlace(started, { namespaces: ['pid', 'mount'], folder: root.path });
    });

    it('ours is seen from outside, by its hold', async () => {
      const holder = await holds(container);
      const inside = await lockSeen(container);
      await assertBlocks(heldByKernelLock);
      await kill(holder, inside, container);
      await assertBlocksNobody(kernelLockFreed);
    });

    it('ours outside is seen from inside, by its hold', async () => {
      const holder = await holds();
      const lock = await lockSeen();
      await assertBlocks(heldByKernelLock, container);
      await kill(holder, lock);
      await assertBlocksNobody(kernelLockFreed, container);
    });

    it('without its hold nobody can tell, in either direction, dead or alive', async () => {
      const pairs: readonly (readonly [Partial<Place>, Partial<Place>])[] = [
        [container, {}],
        [{}, container],
      ];
      for (const [there, here] of pairs) {
        const holder = await holds(there);
        const lock = await lockSeen(there);
        assert.ok(lock.holder.pid);
        deleteHolds();
        await assertBlocks(heldByProcess(lock.holder.pid), there);
        await assertBlocks(ofAnotherContainer(lock.holder.pid), here);
        await kill(holder, lock, there);
        await assertBlocks(ofAnotherContainer(lock.holder.pid), here);
        await assertForceReleased(here);
      }
    });

    // DESIGN 4, row 5: its record does not say where its number counts, and "unknown" for every loop in every container
    // would block all of them for ever. `wlock doctor` and the README warn of it; little-loops itself does the same.
    it("little-loops' is judged as if it were our own container's", async () => {
      const { pid } = await loopHolds();
      await assertBlocks(heldByProcess(pid));
      await assertBlocksNobody(processGone(pid), container);
    });
  });

  it('no, when the machine has been restarted since, whatever program has its number now', async () => {
    fs.writeFileSync(root.in('boot'), '00000000-0000-4000-8000-000000000000\n');
    const script = `mount --bind "$0" ${bootIdFile} && exec "$@"`;
    const holder = await holds({ wrapper: ['unshare', '--mount', 'sh', '-c', script, root.in('boot')] });
    const lock = await lockSeen();
    // A boot that is only claimed: the kernel knows that its holder runs.
    await assertBlocks(heldByKernelLock);
    await kill(holder, lock);
    const rebooted: Expected = {
      verdict: 'stale',
      reason: 'rebooted',
      says: 'Its holder is gone: the machine has been restarted since.',
    };
    const other = started.add(spawn('sleep', ['1000']));
    const record = fs.readFileSync(lock.file);
    await assertBlocksNobody(rebooted);
    fs.writeFileSync(lock.file, record);
    rewrite(lock, { pid: other.pid }, { hold: undefined, start_time: undefined });
    await assertBlocksNobody(rebooted);
  });

  describe('where the machine seems to have run a day longer, suspended', () => {
    const wrapper = ['unshare', '--time', '--boottime', '86400', '--fork', '--kill-child'];

    it('ours is seen by its hold, and without it nobody can tell, in either direction', async () => {
      for (const [there, here] of [
        [{ wrapper }, {}],
        [{}, { wrapper }],
      ] as const) {
        const holder = await holds(there);
        const lock = await lockSeen(here);
        assert.ok(lock.holder.pid);
        await assertBlocks(heldByKernelLock, here);
        deleteHolds();
        await assertBlocks(ofAnotherClock(lock.holder.pid), here);
        await assertForceReleased(here);
        assert.equal((await holder.ended()).code, 5, 'its holder is told');
      }
    });

    it("little-loops' is alive: its number says so, and counted from the same start it is as old as it was", async () => {
      const { pid } = await loopHolds();
      await assertBlocks(heldByProcess(pid), { wrapper });
    });
  });

  it('nobody can tell, when it was taken on another machine', async () => {
    fs.writeFileSync(root.in('boot'), '00000000-0000-4000-8000-000000000000\n');
    fs.writeFileSync(root.in('machine'), '0123456789abcdef0123456789abcdef\n');
    const script = [
      `mount --bind "$0/boot" ${bootIdFile}`,
      'if [ -e /etc/machine-id ]; then mount --bind "$0/machine" /etc/machine-id; fi',
      'hostname far.example',
      'exec "$@"',
    ].join(' && ');
    const far = { wrapper: ['unshare', '--mount', '--uts', 'sh', '-c', script, root.path] };
    const holder = await holds(far);
    const lock = await lockSeen();
    await kill(holder, lock);
    await assertBlocks({
      verdict: 'unknown',
      reason: 'other-machine',
      says: 'Cannot tell whether its holder lives: it was taken on another machine (far.example).',
    });
    await assertBlocksNobody(kernelLockFreed, far); // there it can be told; and written, for the one that follows
    await kill(await holds(far), await lockSeen());
    await assertForceReleased();
  });

  describe('where the folder is a network’s, or FUSE’s', () => {
    let mounted: TemporaryRoot;
    beforeEach(async () => {
      mounted = new TemporaryRoot();
      const bindfs = started.add(spawn(await findBindfs(), ['-f', root.path, mounted.path]));
      await waitFor(`bindfs: ${bindfs.errors}`, () => describeFileSystem(mounted.path) === 'FUSE');
    });
    afterEach(() => {
      execFileSync('umount', [mounted.path]); // which ends bindfs, too
      mounted[Symbol.dispose]();
    });

    it('nobody can tell: locks are shown with the reason, not taken, not reaped, dead or alive', async () => {
      const there: WlockOptions = { cwd: mounted.path };
      const holder = await holds();
      const lock = await lockSeen();
      const says = 'Cannot tell whether its holder lives: the record lies on a network file system (FUSE).';
      const assertShownOnly = async (): Promise<void> => {
        const [shown] = (await listJson(mounted.path)).locks;
        assert.deepEqual([shown?.verdict, shown?.verdictReason], ['unknown', 'remote-file-system']);
        assert.ok((await runWlock(['list'], there)).stdout.includes(says));
        await assertRefused(['run', '--path', 'docs', '--', 'true'], there, {
          exit: 1,
          code: 'unsupported-file-system',
          says: /lies on a network file system \(FUSE\), where a lock does not reach the other machines/,
        });
        const reap = await runWlock(['reap', lock.id], there);
        assert.equal(reap.code, 3, reap.stderr);
        assert.ok(reap.stdout.includes(says), reap.stdout);
        assert.deepEqual(root.records(), [path.basename(lock.file)]);
      };
      await assertShownOnly();
      await kill(holder, lock);
      await assertShownOnly();
      await assertBlocksNobody(kernelLockFreed); // of the same record, where it can be told
    });
  });

  // An overlay keeps flocks of its own: through it a hold of the folder below looks free, whoever holds it.
  describe('in a container whose overlay lies over the folder', () => {
    const setup = [
      'mount -t tmpfs tmpfs /mnt',
      'mkdir /mnt/upper /mnt/work',
      'mount -t overlay overlay -o lowerdir="$0",upperdir=/mnt/upper,workdir=/mnt/work "$0"',
    ].join(' && ');

    it('ours below it is judged by its number, or nobody can tell', async () => {
      const holder = await holds();
      const lock = await lockSeen();
      assert.ok(lock.holder.pid);
      const sameNumbers = await openPlace(started, { namespaces: ['mount'], setup, folder: root.path });
      const otherNumbers = await openPlace(started, { namespaces: ['pid', 'mount'], setup, folder: root.path });
      await assertBlocks(heldByProcess(lock.holder.pid), sameNumbers);
      await assertBlocks(ofAnotherContainer(lock.holder.pid), otherNumbers);
      await kill(holder, lock);
      await assertBlocks(ofAnotherContainer(lock.holder.pid), otherNumbers);
      const { verdict, verdictReason } = await lockSeen(sameNumbers);
      assert.deepEqual([verdict, verdictReason], ['stale', 'pid-dead']);
      const granted = await runWlock(['run', '--path', 'src', '--', 'true'], at(sameNumbers));
      assert.deepEqual([granted.code, granted.stderr], [0, '']);
    });

    it('ours within it exclude each other, and block nobody once they are dead', async () => {
      await holds().then((outside) => {
        outside.kill('SIGTERM'); // so that the store is there, below
        return outside.ended();
      });
      const place = await openPlace(started, { namespaces: ['mount'], setup, folder: root.path });
      const holder = await holds(place);
      const lock = await lockSeen(place);
      assert.deepEqual([lock.verdict, lock.verdictReason], ['live', 'hold-held']);
      const refused = await runWlock(['run', '--path', 'src', '--', 'true'], at(place));
      assert.equal(refused.code, 3, refused.stderr);
      assert.ok(refused.stderr.includes(heldByKernelLock.says), refused.stderr);
      assert.deepEqual(root.records(), [], 'while it is held, nothing of it reaches the folder below');
      await kill(holder, lock, place);
      const { verdict, verdictReason } = await lockSeen(place);
      assert.deepEqual([verdict, verdictReason], ['stale', 'hold-released']);
      const granted = await runWlock(['run', '--path', 'src', '--', 'true'], at(place));
      assert.deepEqual([granted.code, granted.stderr], [0, '']);
    });
  });
});

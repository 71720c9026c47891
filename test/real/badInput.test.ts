/** Whatever lies in a store or is typed: one clear sentence, the right exit code, nothing lost, nothing deleted. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { assertRefused, listJson, onlyLockIn, type ListedLock } from './expectations.ts';
import { cliFile } from './programs.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { runWlock } from './wlock.ts';
import type { HeldLock } from '../../src/manager/heldLock.ts';
import { openLocks, type LockManager } from '../../src/manager/lockManager.ts';
import { removeFolder } from '../setup/removeFolder.mjs';

interface BadFile {
  readonly is: string;
  readonly make: (file: string, root: TemporaryRoot) => void;
  readonly says: RegExp;
}

/** Somebody else who is alive; not the test itself, because what an ancestor holds stops no descendant. */
let holder: ChildProcess;
const holderPid = (): number => holder.pid ?? -1;

const record = (root: TemporaryRoot, changes: object = {}): object => ({
  loop_name: 'nightly',
  scope: [root.in('src')],
  pid: holderPid(),
  started_at: new Date().toISOString().replace('Z', '000+00:00'),
  ...changes,
});

const text =
  (content: string | Buffer) =>
  (file: string): void =>
    fs.writeFileSync(file, content);

const json =
  (changes: object) =>
  (file: string, root: TemporaryRoot): void =>
    fs.writeFileSync(file, JSON.stringify(record(root, changes)));

const notLocks: readonly BadFile[] = [
  { is: 'empty', make: text(''), says: /it is empty/ },
  {
    is: 'half-written',
    make: (file, root) => fs.writeFileSync(file, JSON.stringify(record(root)).slice(0, 40)),
    says: /not JSON, or only half of it/,
  },
  {
    is: '10 GB large',
    make: (file) => {
      fs.writeFileSync(file, '{');
      fs.truncateSync(file, 10 * 1024 ** 3);
    },
    says: /larger than \d+ bytes/,
  },
  { is: 'binary', make: text(Buffer.from([0x00, 0xff, 0xfe, 0x80, 0x7f])), says: /not UTF-8/ },
  { is: 'not JSON', make: text('locked by me, keep out\n'), says: /not JSON/ },
  {
    is: 'a byte order mark and a record',
    make: (f, r) => fs.writeFileSync(f, `\ufeff${JSON.stringify(record(r))}`),
    says: /not JSON/,
  },
  { is: 'a list', make: text('[]'), says: /not a JSON object/ },
  { is: 'null', make: text('null'), says: /not a JSON object/ },
  { is: 'nested 100000 deep', make: text('['.repeat(100_000)), says: /not JSON/ },
  { is: 'an object without a pid', make: json({ pid: undefined }), says: /the key pid is missing/ },
  { is: 'a record with pid null', make: json({ pid: null }), says: /pid is not a number/ },
  { is: 'a record with pid "abc"', make: json({ pid: 'abc' }), says: /pid is not a number/ },
  { is: 'a record with pid 2^40', make: json({ pid: 2 ** 40 }), says: /pid is not a number/ },
  { is: 'a record with scope [123]', make: json({ scope: [123] }), says: /scope is not a list of paths/ },
  { is: 'a FIFO', make: (file) => execFileSync('mkfifo', [file]), says: /it is a FIFO/ },
  {
    is: 'a symbolic link to a record',
    make: (file, root) => {
      fs.writeFileSync(root.in('elsewhere.json'), JSON.stringify(record(root)));
      fs.symlinkSync(root.in('elsewhere.json'), file);
    },
    says: /it is a symbolic link/,
  },
  { is: 'a dangling symbolic link', make: (file) => fs.symlinkSync('nowhere', file), says: /it is a symbolic link/ },
  {
    is: 'a symbolic link to itself',
    make: (file) => fs.symlinkSync(path.basename(file), file),
    says: /it is a symbolic link/,
  },
  { is: 'a directory', make: (file) => fs.mkdirSync(file), says: /it is a directory/ },
];

describe('Bad input', () => {
  before(() => (holder = spawn('sleep', ['1000'])));
  after(() => void holder.kill('SIGKILL'));

  let root: TemporaryRoot;
  beforeEach(() => {
    root = new TemporaryRoot();
    fs.mkdirSync(root.running, { recursive: true });
    fs.mkdirSync(root.in('src'));
  });
  afterEach(() => root[Symbol.dispose]());

  const here = (): { cwd: string } => ({ cwd: root.path });
  const put = (name: string, changes: object): void =>
    fs.writeFileSync(path.join(root.running, name), JSON.stringify(record(root, changes)));

  const onlyLock = (): Promise<ListedLock> => onlyLockIn(root.path);

  describe('A lock file that is', () => {
    for (const { is, make, says } of notLocks) {
      it(`${is} is shown as malformed, blocks nobody and goes only by force`, async () => {
        const file = path.join(root.running, 'x.lock');
        make(file, root);

        const [lock, shown, reaped, doctor] = await Promise.all([
          onlyLock(),
          runWlock(['list'], here()),
          runWlock(['reap', '--json'], here()),
          runWlock(['doctor', '--json'], here()),
        ]);
        const locked = await runWlock(['run', '--path', '.', '--', 'true'], here());
        assert.equal(lock.verdict, 'malformed');
        assert.equal(lock.file, file);
        assert.equal(shown.code, 0);
        assert.match(shown.stdout, says);
        assert.deepEqual([locked.code, locked.stderr], [0, '']);
        assert.equal(reaped.code, 0);
        assert.deepEqual((JSON.parse(reaped.stdout) as { reaped: unknown[] }).reaped, []);
        assert.equal(doctor.code, 1);
        assert.match(doctor.stdout, says);
        await assertRefused(['release', 'x'], here(), { exit: 1, code: 'not-yours', says: /not taken with wlock/ });
        assert.equal((await runWlock(['reap', 'x'], here())).code, 3);
        assert.ok(fs.lstatSync(file), 'it is still there');

        const forced = await runWlock(['force-release', 'x', '--yes'], here());
        if (is === 'a directory') {
          assert.equal(forced.code, 1);
          assert.match(forced.stderr, /is a directory.*\n.*rmdir/);
          assert.ok(fs.existsSync(file));
        } else {
          assert.equal(forced.code, 0, forced.stderr);
          assert.equal(fs.lstatSync(file, { throwIfNoEntry: false }), undefined);
        }
        if (is === 'a symbolic link to a record') assert.ok(fs.existsSync(root.in('elsewhere.json')));
      });
    }
  });

  it('A record with scope null excludes nothing, as in little-loops', async () => {
    put('x.lock', { scope: null });
    assert.equal((await onlyLock()).verdict, 'live');
    assert.equal((await runWlock(['run', '--path', 'src', '--', 'true'], here())).code, 0);
  });

  it('A record whose scope is a string locks that path', async () => {
    put('x.lock', { scope: root.in('src') });
    const { code, stderr } = await runWlock(['run', '--path', 'src/a.ts', '--', 'true'], here());
    assert.equal(code, 3);
    assert.match(stderr, /src: nightly/);
  });

  it('A record with a pid as text or with a fraction is read as little-loops reads it', async () => {
    put('x.lock', { pid: ` ${holderPid()} ` });
    assert.equal((await onlyLock()).verdict, 'live');
    put('x.lock', { pid: holderPid() + 0.7 });
    assert.equal((await onlyLock()).holder.pid, holderPid());
  });

  it('A record with a pid that no process can have cannot be judged and blocks its own scope only', async () => {
    for (const pid of [0, -1, -(2 ** 31) + 1]) {
      put('x.lock', { pid });
      const lock = await onlyLock();
      assert.deepEqual([lock.verdict, lock.verdictReason], ['unknown', 'pid-invalid']);
    }
    assert.equal((await runWlock(['run', '--path', 'src', '--', 'true'], here())).code, 3);
    assert.equal((await runWlock(['run', '--path', 'docs', '--', 'true'], here())).code, 0);
  });

  it('What a record says cannot move the cursor, hide or reorder text, or fill the screen', async () => {
    const evil = '\u001b[2J\u001b]0;x\u0007\r\n\u202egnp.exe\u200b\u0000\u009b31m';
    put('x.lock', {
      loop_name: evil + 'long'.repeat(100_000),
      scope: [`${root.path}/${evil}`],
      wlock: { version: 9, reason: evil },
    });
    for (const words of [
      ['list'],
      ['check', '.'],
      ['doctor'],
      ['run', '--path', '.', '--', 'true'],
      ['release', 'x'],
    ]) {
      const { stdout, stderr } = await runWlock(words, here());
      assert.doesNotMatch(stdout + stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e]/, words[0]);
      assert.ok(stdout.length + stderr.length < 3_000, `${words[0] ?? ''} is short`);
    }
    assert.equal((await onlyLock()).verdict, 'live');
  });

  it('A record with thousands of scopes and patterns does not hang anybody', async () => {
    const scope = Array.from({ length: 5_000 }, (_, i) => ({
      kind: 'glob',
      base: root.path,
      pattern: `*{a,b,c}*${i}*/**/x`,
    }));
    const id = '0b2ff8a3-43b1-4d2c-9a53-7b0d1a4f4c11';
    put('x.lock', { scope: [root.in('docs')], wlock: { version: 1, id, token: 1, scope } });
    put('y.lock', { scope: [root.in('docs')], wlock: { version: 1, id: id.replace('0b', '0c'), token: 1, scope } });
    assert.equal((await listJson(root.path)).locks.length, 2);
    const { code } = await runWlock(['run', '--glob', '*.{ts,js}', '--', 'true'], here());
    assert.ok(code === 0 || code === 3);

    const paths = Array.from({ length: 10_000 }, (_, i) => root.in('docs', String(i)));
    put('x.lock', { scope: paths });
    put('y.lock', { scope: paths });
    const { conflicts } = await listJson(root.path);
    assert.equal(conflicts.length, 1);
  });

  it('A record whose hold leads out of its folder is judged by its pid', async () => {
    const id = '0b2ff8a3-43b1-4d2c-9a53-7b0d1a4f4c11';
    put('x.lock', { wlock: { version: 1, id, token: 1, hold: '../../../../etc/passwd' } });
    assert.equal((await onlyLock()).verdictReason, 'pid-running');
    assert.equal((await runWlock(['run', '--path', 'src', '--', 'true'], here())).code, 3);
  });

  describe('A lock file that may not be read', () => {
    it('blocks every scope, says so, and stays', async () => {
      put('x.lock', {});
      const file = path.join(root.running, 'x.lock');
      fs.chmodSync(file, 0o600);
      fs.chownSync(root.running, 65_534, 65_534);
      const asNobody = { ...here(), asNobody: true };

      const { locks } = await listJson(root.path, asNobody);
      assert.deepEqual([locks[0]?.verdict, locks[0]?.verdictReason], ['unknown', 'unreadable']);
      const shown = await runWlock(['list'], asNobody);
      assert.match(shown.stdout, /everything \(unreadable\).*unknown/);
      const refused = await runWlock(['run', '--path', 'docs', '--', 'true'], asNobody);
      assert.equal(refused.code, 3);
      assert.match(refused.stderr, /Cannot tell who holds what: the lock file cannot be read \(EACCES/);
      assert.match(refused.stderr, /wlock force-release x/);
      assert.equal((await runWlock(['check', 'docs'], asNobody)).code, 3);
      assert.equal((await runWlock(['reap', 'x'], asNobody)).code, 3);
      assert.ok(fs.existsSync(file));
      assert.equal((await runWlock(['force-release', 'x', '--yes'], asNobody)).code, 0);
      assert.equal((await runWlock(['run', '--path', 'docs', '--', 'true'], asNobody)).code, 0);
    });

    it('does not stop a user who may read it', async () => {
      put('x.lock', {});
      fs.chmodSync(path.join(root.running, 'x.lock'), 0o600);
      assert.equal((await runWlock(['run', '--path', 'docs', '--', 'true'], here())).code, 0);
    });
  });

  it('An unreadable folder below the store hides nothing from little-loops and stops nobody', async () => {
    fs.mkdirSync(path.join(root.running, 'oracles'), { mode: 0o700 });
    fs.chownSync(root.running, 65_534, 65_534);
    const asNobody = { ...here(), asNobody: true };
    assert.deepEqual((await listJson(root.path, asNobody)).locks, []);
    assert.equal((await runWlock(['run', '--path', 'docs', '--', 'true'], asNobody)).code, 0);
  });

  describe('A store', () => {
    it('that may not be read is named, with exit code 1', async () => {
      fs.chmodSync(root.running, 0o700);
      const asNobody = { ...here(), asNobody: true };
      for (const words of [['list'], ['check', 'src'], ['reap'], ['release', 'x']]) {
        await assertRefused(words, asNobody, {
          exit: 1,
          code: 'store-not-readable',
          says: /lock directory .*\.running cannot be read/,
        });
      }
    });

    it('that is a file is named, with exit code 1, and kept', async () => {
      removeFolder(root.running);
      fs.writeFileSync(root.running, 'mine');
      await assertRefused(['list'], here(), { exit: 1, code: 'store-not-readable', says: /\.running cannot be read/ });
      await assertRefused(['acquire', '--path', 'a', '--ttl', '9s'], here(), {
        exit: 1,
        code: 'store-not-writable',
        says: /\.running cannot be changed/,
      });
      assert.equal(fs.readFileSync(root.running, 'utf8'), 'mine');
    });

    it('that lies on a read-only file system is listed, and an acquire says what is wrong', async () => {
      put('x.lock', {});
      put('dead.lock', { pid: 99_999_999, scope: [root.in('docs')] });
      const wrapper = ['unshare', '-m', 'sh', '-c', 'mount --bind -o ro "$0" "$0" && exec "$@"', root.path];
      const readOnly = { ...here(), wrapper };
      assert.equal((await listJson(root.path, readOnly)).locks.length, 2);
      for (const words of [
        ['acquire', '--path', 'lib', '--ttl', '9s'],
        ['run', '--path', 'lib', '--', 'true'],
        ['force-release', 'x', '--yes'],
        ['reap', 'dead'],
      ]) {
        await assertRefused(words, readOnly, {
          exit: 1,
          code: 'store-not-writable',
          says: /\.running cannot be changed \(EROFS/,
        });
      }
      assert.deepEqual([...root.records()].sort(), ['dead.lock', 'x.lock']);
    });

    it('that another user may not write to is listed, and an acquire says what is wrong', async () => {
      put('x.lock', {});
      const asNobody = { ...here(), asNobody: true };
      assert.equal((await listJson(root.path, asNobody)).locks.length, 1);
      await assertRefused(['acquire', '--path', 'lib', '--ttl', '9s'], asNobody, {
        exit: 1,
        code: 'store-not-writable',
        says: /\.running cannot be changed \(EACCES/,
      });
    });

    it('that the configuration puts elsewhere is refused, because another store would protect nothing', async () => {
      fs.mkdirSync(root.in('.ll'));
      fs.writeFileSync(root.in('.ll', 'll-config.json'), '{"loops": {"loops_dir": "../elsewhere"}}');
      await assertRefused(['list'], here(), { exit: 1, code: 'bad-configuration', says: /leads out of the workspace/ });
      fs.writeFileSync(root.in('.ll', 'll-config.json'), '{"loops": ');
      await assertRefused(['list'], here(), {
        exit: 1,
        code: 'bad-configuration',
        says: /ll-config\.json cannot be used/,
      });
    });
  });

  describe('A stale record of another user in a sticky directory', () => {
    const shareSticky = (): void => {
      for (const name of ['', '.wlock', '.wlock/alive']) fs.chmodSync(path.join(root.running, name), 0o1777);
      fs.chmodSync(path.join(root.running, '.acquire.lock'), 0o666);
      fs.chmodSync(path.join(root.running, '.wlock', 'fence'), 0o666);
    };
    /** Its record as a running `wlock run` has written it, whose hold is then gone. */
    const leave = async (
      state: 'killed' | 'without its hold',
    ): Promise<{ readonly end: () => void; readonly file: string }> => {
      const child = spawn(process.execPath, [cliFile, 'run', '--path', 'src', '--', 'sleep', '1000'], {
        cwd: root.path,
        stdio: 'ignore',
      });
      await waitFor('the lock', () => root.records().length > 0);
      const [name = ''] = root.records();
      const file = path.join(root.running, name);
      shareSticky();
      if (state === 'killed') {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await ended;
      } else {
        // As a stopped process would look whose hold somebody else's file stands for: free, with a living owner.
        const { wlock } = JSON.parse(fs.readFileSync(file, 'utf8')) as { wlock: { hold: string } };
        const hold = path.join(root.running, '.wlock', 'alive', wlock.hold);
        fs.renameSync(hold, `${hold}-away`);
        fs.writeFileSync(hold, '');
      }
      return { end: () => void child.kill('SIGKILL'), file };
    };
    const words = ['run', '--path', 'src', '--', 'true'];

    it('blocks nobody when its process has been killed, and only its owner reaps it', async () => {
      const { file } = await leave('killed');
      await waitFor('a stale lock', async () => (await onlyLock()).verdict === 'stale');
      const { code, stderr } = await runWlock(words, { ...here(), asNobody: true });
      assert.deepEqual([code, stderr], [0, '']);
      assert.ok(fs.existsSync(file));
      const { id } = await onlyLock();
      await assertRefused(
        ['reap', id],
        { ...here(), asNobody: true },
        {
          exit: 1,
          code: 'store-not-writable',
          says: /is stale, but belongs to user 0 and may not be deleted/,
        },
      );
      // That it was not reaped can be told from the journal too.
      assert.equal((await runWlock(['reap', id], here())).code, 0);
      assert.deepEqual(root.records(), []);
    });

    it('blocks while its process lives, which could still renew it, with a sentence that names its owner', async () => {
      const { end } = await leave('without its hold');
      try {
        assert.equal((await onlyLock()).verdictReason, 'hold-released');
        await assertRefused(
          words,
          { ...here(), asNobody: true },
          {
            exit: 1,
            code: 'store-not-writable',
            says: /is stale, but belongs to user 0 and may not be deleted/,
          },
        );
      } finally {
        end();
      }
    });
  });

  describe('A gate', () => {
    const gate = (): string => path.join(root.running, '.acquire.lock');

    it('of another user is named with its owner', async () => {
      fs.writeFileSync(gate(), '', { mode: 0o600 });
      fs.chownSync(root.running, 65_534, 65_534);
      await assertRefused(
        ['acquire', '--path', 'a', '--ttl', '9s'],
        { ...here(), asNobody: true },
        {
          exit: 1,
          code: 'gate-not-accessible',
          says: /\.acquire\.lock belongs to user 0/,
        },
      );
      assert.ok(fs.existsSync(gate()));
    });

    it('of another user that may be read is enough', async () => {
      fs.writeFileSync(gate(), '', { mode: 0o644 });
      fs.chownSync(root.running, 65_534, 65_534);
      const { code, stderr } = await runWlock(['run', '--path', 'a', '--', 'true'], { ...here(), asNobody: true });
      assert.deepEqual([code, stderr], [0, '']);
    });

    for (const [what, make] of [
      ['directory', (file: string) => fs.mkdirSync(file)],
      ['symbolic link', (file: string) => fs.symlinkSync('elsewhere', file)],
      ['FIFO', (file: string) => execFileSync('mkfifo', [file])],
    ] as const) {
      it(`that is a ${what} is named and left alone`, async () => {
        make(gate());
        await assertRefused(['run', '--path', 'a', '--', 'true'], here(), {
          exit: 1,
          code: 'gate-not-accessible',
          says: new RegExp(`\\.acquire\\.lock is a ${what}`),
        });
        assert.ok(fs.lstatSync(gate()));
        assert.ok(!fs.existsSync(path.join(root.running, 'elsewhere')));
        assert.deepEqual((await listJson(root.path)).locks, []);
      });
    }

    it('with a dead record in it is no lock, works, and is never deleted or changed', async () => {
      const content = JSON.stringify(record(root, { pid: 99_999_999 }));
      fs.writeFileSync(gate(), content);
      const { ino } = fs.statSync(gate());
      assert.deepEqual((await listJson(root.path)).locks, []);
      assert.equal((await runWlock(['run', '--path', 'src', '--', 'true'], here())).code, 0);
      assert.equal((await runWlock(['reap'], here())).code, 0);
      assert.equal(fs.statSync(gate()).ino, ino);
      assert.equal(fs.readFileSync(gate(), 'utf8'), content);
      assert.match((await runWlock(['doctor'], here())).stdout, /\.acquire\.lock has content/);
    });

    it('that somebody keeps is named with its holder after some seconds', async function () {
      this.timeout(30_000);
      const { code, stderr } = await runWlock(['run', '--path', 'a', '--', 'true'], {
        ...here(),
        wrapper: ['flock', gate()],
      });
      assert.equal(code, 1);
      assert.match(stderr, /has been held for 5 s by process \d+ \(/);
    });
  });

  describe("The store's own files", () => {
    const own = (...names: readonly string[]): string => path.join(root.running, '.wlock', ...names);
    const acquireTwice = async (): Promise<readonly number[]> => {
      const tokens: number[] = [];
      for (const place of ['a', 'b']) {
        const { code, stdout, stderr } = await runWlock(['acquire', '--path', place, '--ttl', '60s', '--json'], here());
        assert.equal(code, 0, stderr + stdout);
        const { lock } = JSON.parse(stdout) as { lock: { id: string; token: string } };
        tokens.push(Number(lock.token.split(':')[1]));
        assert.equal((await runWlock(['release', lock.id, '--token', lock.token], here())).code, 0);
      }
      return tokens;
    };

    for (const [name, wrong] of [
      ['garbage in the token counter', () => fs.writeFileSync(own('fence'), 'x'.repeat(500))],
      ['an empty token counter', () => fs.writeFileSync(own('fence'), '')],
      ['no token counter', () => fs.rmSync(own('fence'))],
      ['a folder instead of the journal', () => (fs.rmSync(own('journal.jsonl')), fs.mkdirSync(own('journal.jsonl')))],
      [
        'a FIFO instead of the journal',
        () => (fs.rmSync(own('journal.jsonl')), execFileSync('mkfifo', [own('journal.jsonl')])),
      ],
      [
        'a link instead of the journal',
        () => (fs.rmSync(own('journal.jsonl')), fs.symlinkSync('/etc/passwd', own('journal.jsonl'))),
      ],
      ['garbage in the journal', () => fs.writeFileSync(own('journal.jsonl'), Buffer.alloc(3 * 1024 * 1024, '[{\n'))],
      [
        'a folder where the old journal goes',
        () => {
          fs.writeFileSync(own('journal.jsonl'), Buffer.alloc(3 * 1024 * 1024, '[{\n'));
          fs.mkdirSync(own('journal.1.jsonl'));
        },
      ],
      ['no folder of holds', () => removeFolder(own('alive'))],
      [
        'rubbish among the holds',
        () => {
          fs.mkdirSync(own('alive', 'folder'));
          fs.symlinkSync('/etc/passwd', own('alive', 'link'));
          fs.writeFileSync(own('alive', 'file'), 'x');
          execFileSync('mkfifo', [own('alive', 'fifo')]);
        },
      ],
      ['a folder named like a temporary record', () => fs.mkdirSync(path.join(root.running, 'wlock-x.tmp'))],
      ['nothing at all', () => removeFolder(own())],
    ] as const) {
      it(`: with ${name}, locks are taken and released, and tokens grow`, async () => {
        const before = await acquireTwice();
        wrong();
        const tokens = [...before, ...(await acquireTwice())];
        assert.deepEqual(
          tokens,
          [...new Set(tokens)].sort((a, b) => a - b),
        );
        assert.deepEqual(root.records(), []);
        assert.match(fs.readFileSync('/etc/passwd', 'utf8'), /root/);
      });
    }

    describe('A journal of 3 MB', () => {
      const journal = (): string => own('journal.jsonl');
      const fill = (): void => fs.writeFileSync(journal(), Buffer.alloc(3 * 1024 * 1024, '[{\n'));
      const events = (): readonly string[] =>
        [...fs.readFileSync(journal(), 'utf8').matchAll(/"event":"([a-z]+)"/g)].map(([, event = '']) => event);
      let locks: LockManager;
      beforeEach(async () => {
        locks = await openLocks({ root: root.path });
      });
      afterEach(() => locks.close());
      const hold = async (): Promise<HeldLock> => {
        const outcome = await locks.acquire({ scope: ['src'], holder: 'a', ttlMs: 60_000 });
        assert.ok(outcome.ok);
        return outcome.held;
      };

      it('is followed by a new one at a renewal', async () => {
        const held = await hold();
        fill();
        assert.ok(await held.renew());
        assert.deepEqual(events(), ['renewed']);
        assert.equal(fs.statSync(own('journal.1.jsonl')).size, 3 * 1024 * 1024);
      });

      /** A lock of somebody else. */
      const lockOf = (pid: number): void =>
        fs.writeFileSync(path.join(root.running, 'nightly.lock'), JSON.stringify(record(root, { pid })));

      it('is followed by a new one when somebody takes a place in the queue', async () => {
        await (await hold()).release();
        lockOf(holderPid());
        fill();
        const { code } = await runWlock(['run', '--wait', '50ms', '--path', 'src', '--', 'true'], here());
        assert.equal(code, 4);
        assert.deepEqual(events(), ['waited', 'conflicted']);
      });

      for (const [event, words] of [
        ['reaped', ['reap']],
        ['forced', ['force-release', '--yes']],
      ] as const) {
        it(`is followed by a new one when a lock is ${event}`, async () => {
          await (await hold()).release();
          lockOf(99_999_999);
          fill();
          const { code, stderr } = await runWlock([...words, 'nightly'], here());
          assert.equal(code, 0, stderr);
          assert.deepEqual(events(), [event]);
          assert.match(fs.readFileSync(journal(), 'utf8'), /"scope":\["src"\]/, 'a lock that no other line tells of');
        });
      }

      it('does not grow by refusals and releases, which may not rotate it', async () => {
        const held = await hold();
        fill();
        lockOf(holderPid());
        assert.equal((await runWlock(['run', '--path', 'src', '--', 'true'], here())).code, 3);
        await held.release();
        assert.equal(fs.statSync(journal()).size, 3 * 1024 * 1024);
      });
    });

    for (const [what, make] of [
      ['folder', (file: string) => fs.mkdirSync(path.join(file, 'of', 'somebody'), { recursive: true })],
      ['link', (file: string) => fs.symlinkSync('/etc/passwd', file)],
      ['FIFO', (file: string) => execFileSync('mkfifo', [file])],
    ] as const) {
      it(`: a ${what} in the place of the token counter is found by doctor, moved aside, and tokens grow`, async () => {
        const before = await acquireTwice();
        fs.rmSync(own('fence'));
        make(own('fence'));
        assert.match((await runWlock(['doctor'], here())).stdout, /\n-- private files: [^\n]*fence is a/);
        const tokens = [...before, ...(await acquireTwice())];
        assert.deepEqual(
          tokens,
          [...new Set(tokens)].sort((a, b) => a - b),
        );
        const aside = fs.readdirSync(own()).filter((name) => name.startsWith('fence.'));
        assert.equal(aside.length, 1);
        assert.ok(fs.lstatSync(own('fence')).isFile());
        assert.doesNotMatch((await runWlock(['doctor'], here())).stdout, /private files/);
      });
    }

    for (const name of ['queue', '.'] as const) {
      it(`: a file in the place of .wlock/${name} hides no lock, and nothing is locked`, async () => {
        await acquireTwice();
        put('nightly.lock', {});
        removeFolder(own(name));
        fs.writeFileSync(path.resolve(own(name)), '');
        assert.equal((await onlyLock()).id, 'nightly');
        const file = name === '.' ? /\.running\/\.wlock/ : /\.wlock\/queue/;
        const refusal = { exit: 1, code: 'store-not-writable', says: file };
        await assertRefused(['run', '--path', 'a', '--', 'true'], here(), refusal);
        await assertRefused(['run', '--wait', '--path', 'src', '--', 'true'], here(), refusal);
        assert.match(
          (await runWlock(['doctor'], here())).stdout,
          /!! private files: [^\n]* is a file, not a directory/,
        );
        assert.deepEqual(root.records(), ['nightly.lock']);
      });
    }

    it(': a file in the place of the requests to holders is in nobody’s way', async () => {
      fs.mkdirSync(own(), { recursive: true });
      fs.writeFileSync(own('requests'), '');
      await acquireTwice();
    });

    for (const name of ['alive'] as const) {
      it(`: something else in the place of ${name} is named, and nothing is locked`, async () => {
        await acquireTwice();
        removeFolder(own(name));
        fs.writeFileSync(own(name), '');
        await assertRefused(['acquire', '--path', 'a', '--ttl', '60s'], here(), {
          exit: 1,
          code: 'store-not-writable',
          says: new RegExp(`\\.wlock/${name}`),
        });
        assert.deepEqual(root.records(), []);
      });
    }
  });

  describe('A scope', () => {
    for (const [what, words, code] of [
      ['outside of the root', ['--path', '../other'], 'outside-root'],
      ['outside of the root by a link', ['--path', 'out/x'], 'outside-root'],
      ['outside of the root by a pattern', ['--glob', '/etc/*.conf'], 'outside-root'],
      ['that is empty', ['--path', ''], 'empty'],
      ['that is an empty name', ['--name', ' '], 'empty'],
      ['that is missing', [], 'empty'],
      ['with unbalanced brackets', ['--glob', 'src/{a,b'], 'unbalanced'],
      ['with too many alternatives', ['--glob', '{a,b}'.repeat(9)], 'too-many-alternatives'],
    ] as const) {
      it(`${what} is refused with exit code 2, and nothing is made`, async () => {
        removeFolder(root.in('.loops'));
        fs.symlinkSync('/etc', root.in('out'));
        await assertRefused(['acquire', ...words, '--ttl', '9s'], here(), { exit: 2, code });
        await assertRefused(['run', ...words, '--', 'true'], here(), { exit: 2, code });
        assert.ok(!fs.existsSync(root.in('.loops')));
      });
    }
  });

  describe('A command line', () => {
    for (const words of [
      ['acquire', '--nope'],
      ['frobnicate'],
      ['list', '--nope'],
      ['acquire', '--path', 'a', '--ttl', 'soon'],
      ['acquire', '--path', 'a', '--ttl', '0'],
      ['acquire', '--path', 'a', '--ttl', '99999999d'],
      ['acquire', '--path', 'a', '--pid', 'abc'],
      ['acquire', '--path', 'a', '--pid', '2000000000'],
      ['acquire', '--path', 'a', '--ttl', '9s', '--holder', 'a\nb'],
      ['acquire', '--path', 'a', '--ttl', '9s', '--holder', ''],
      ['run', '--path', 'a'],
      ['release'],
      [],
    ]) {
      it(`of ${JSON.stringify(words)} exits 2 with one sentence`, async () => {
        const [plain, asJson] = await Promise.all([runWlock(words, here()), runWlock([...words, '--json'], here())]);
        assert.equal(plain.code, 2, plain.stderr);
        assert.equal(plain.stdout, '');
        assert.doesNotMatch(plain.stderr, / {4}at /);
        assert.equal(asJson.code, 2);
        const { ok, error } = JSON.parse(asJson.stdout) as { ok: boolean; error: { code: string; message: string } };
        assert.deepEqual([ok, error.code], [false, 'usage']);
        assert.notEqual(error.message, '');
        assert.equal(asJson.stderr, '');
        assert.deepEqual(root.records(), []);
      });
    }

    for (const [words, exit, says] of [
      [['run', '--name', '', '--', 'true'], 2, /The name is empty\./],
      [['run', '--glob', ' ', '--', 'true'], 2, /The pattern is empty\./],
      [['acquire', '--path', 'a', '--ttl', '99999999999d'], 2, /The longest time is 36500d\./],
      [['run', '--path', 'src', '--', '/tmp'], 126, /"\/tmp" could not be started \(it is a directory\)/],
      [['run', '--path', 'src', '--', './src/none'], 127, /no such program/],
    ] as const) {
      it(`of ${JSON.stringify(words)} exits ${exit} and says ${String(says)}`, async () => {
        const { code, stderr } = await runWlock(words, here());
        assert.equal(code, exit);
        assert.match(stderr, says);
        assert.deepEqual(root.records(), []);
      });
    }

    it('with an unknown id says so', async () => {
      for (const words of [
        ['release', 'nope'],
        ['reap', 'nope'],
        ['force-release', 'nope', '--yes'],
      ]) {
        await assertRefused(words, here(), { exit: 1, code: 'not-found', says: /no lock "nope"/ });
      }
    });

    it('whose output nobody reads ends quietly', () => {
      const script = `"$0" "$1" list --json | true; echo "\${PIPESTATUS[0]}"`;
      const cli = new URL('../../dist/cli.cjs', import.meta.url).pathname;
      const out = execFileSync('bash', ['-c', `exec 2>&1; ${script}`, process.execPath, cli], {
        cwd: root.path,
        encoding: 'utf8',
      });
      assert.equal(out, '0\n');
    });
  });

  describe('A root', () => {
    it('that does not exist, is a file or may not be seen is named', async () => {
      const expected = { exit: 2, code: 'root-not-found' };
      fs.writeFileSync(root.in('file'), '');
      fs.mkdirSync(root.in('private', 'inside'), { recursive: true });
      fs.chmodSync(root.in('private'), 0o700);
      await assertRefused(['--root', 'nowhere', 'list'], here(), { ...expected, says: /nowhere does not exist/ });
      await assertRefused(['--root', 'file', 'list'], here(), { ...expected, says: /file is not a directory/ });
      await assertRefused(
        ['list'],
        { ...here(), environment: { WLOCK_ROOT: '/nowhere' } },
        { ...expected, says: /\/nowhere/ },
      );
      await assertRefused(
        ['--root', 'private/inside', 'list'],
        { ...here(), asNobody: true },
        { ...expected, says: /EACCES/ },
      );
    });
  });
});

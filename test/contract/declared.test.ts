/** Tools that a user has declared, with the very declarations of docs/tools.md and files as those tools write them. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { openLocks, type LockManager } from '../../src/manager/lockManager.ts';
import type { Lock } from '../../src/core/lock.ts';
import { verdictSentence } from '../../src/core/sentences.ts';
import * as lockfile from 'proper-lockfile';
import { readConfiguration } from '../../src/manager/configuration/configuration.ts';
import { openNodeOs } from '../../src/os/node.ts';
import type { Os } from '../../src/os/os.ts';
import { DeclaredProtocol } from '../../src/protocols/declared/declared.ts';
import { TemporaryRoot } from '../real/temporaryRoot.ts';

const page = fs.readFileSync(new URL('../../docs/tools.md', import.meta.url), 'utf8');
const [, declarations = ''] = /```json\n([^`]+)```/.exec(page) ?? [];

describe('A declared tool', () => {
  let root: TemporaryRoot;
  let manager: LockManager;
  let indexer: ChildProcess;

  beforeEach(async () => {
    root = new TemporaryRoot();
    for (const folder of ['.git', 'data', 'run', 'src', 'file_reservations']) fs.mkdirSync(root.in(folder));
    fs.writeFileSync(root.in('.wlock.json'), declarations);
    fs.writeFileSync(root.in('data', 'db.json'), '{}');
    indexer = spawn('sleep', ['1000']);
    manager = await openLocks({ root: root.path, environment: { HOME: root.path } });
  });
  afterEach(async () => {
    await manager.close();
    indexer.kill('SIGKILL');
    root[Symbol.dispose]();
  });

  const locks = async (): Promise<readonly Lock[]> => (await manager.refresh()).locks;
  const only = async (): Promise<Lock> => {
    const [lock, ...others] = await locks();
    assert.ok(lock && others.length === 0, `${others.length + 1} locks`);
    return lock;
  };
  const isRefused = async (path: string): Promise<boolean> => {
    const outcome = await manager.acquire({ scope: [path], holder: 'me' });
    if (outcome.ok) await outcome.held.release();
    return !outcome.ok;
  };
  const reserve = (changes: object = {}): void => {
    const reservation = {
      agent: 'BlueLake',
      path_pattern: 'src/**/*.ts',
      exclusive: true,
      reason: 'bd-12',
      expires_ts: new Date(Date.now() + 60_000).toISOString(),
      released_ts: null,
      ...changes,
    };
    fs.writeFileSync(root.in('file_reservations', 'r1.json'), JSON.stringify(reservation));
  };

  it('proper-lockfile, with its own locks, is seen and obeyed', async () => {
    const release = await lockfile.lock(root.in('data', 'db.json'));
    const lock = await only();
    assert.deepEqual([lock.holder.tool, lock.verdict, lock.verdictReason], ['proper-lockfile', 'live', 'not-expired']);
    assert.deepEqual(lock.scope, [{ kind: 'path', path: root.in('data', 'db.json') }]);
    assert.equal(await isRefused('data/db.json'), true);
    await release();
    assert.deepEqual(await locks(), []);
    assert.equal(await isRefused('data/db.json'), false);
  });

  it('that touches its directory no more is over, and blocks nobody', async () => {
    fs.mkdirSync(root.in('data', 'db.json.lock'));
    const old = Date.now() / 1_000 - 11;
    fs.utimesSync(root.in('data', 'db.json.lock'), old, old);
    assert.deepEqual([(await only()).verdict, (await only()).verdictReason], ['stale', 'expired']);
    assert.equal(await isRefused('data/db.json'), false);
  });

  it('that writes its process number lives as long as that process', async () => {
    fs.writeFileSync(root.in('run', 'indexer.pid'), `${indexer.pid}\n`);
    const lock = await only();
    assert.deepEqual([lock.holder.pid, lock.verdict, lock.verdictReason], [indexer.pid, 'live', 'pid-running']);
    assert.equal(await isRefused('run/indexer'), true);
    const ended = new Promise((resolve) => indexer.once('exit', resolve));
    indexer.kill('SIGKILL');
    await ended;
    assert.deepEqual([(await only()).verdict, (await only()).verdictReason], ['stale', 'pid-dead']);
  });

  it('that reserves files by pattern is obeyed for those, until it expires or is released', async () => {
    reserve();
    const lock = await only();
    assert.deepEqual([lock.holder.name, lock.reason, lock.mode], ['BlueLake', 'bd-12', 'exclusive']);
    assert.deepEqual([await isRefused('src/a.ts'), await isRefused('docs')], [true, false]);
    reserve({ exclusive: false });
    assert.equal((await only()).mode, 'shared');
    reserve({ expires_ts: new Date(Date.now() - 1_000).toISOString() });
    assert.equal((await only()).verdict, 'stale');
    reserve({ released_ts: new Date().toISOString() });
    assert.deepEqual(await locks(), []);
  });

  it('that writes its patterns absolute or with dots means the same files', async () => {
    for (const [pattern, isIt] of [
      [root.in('src', '*.ts'), true],
      ['./docs/../src/*.ts', true],
      [root.in('docs', '..', 'src', '*.ts'), true],
      ['src/../docs/*.ts', false],
      ['../src/*.ts', false],
      ['/src/*.ts', false],
      ['src/*/../*.ts', false],
    ] as const) {
      reserve({ path_pattern: pattern });
      assert.equal(await isRefused('src/a.ts'), isIt, pattern);
    }
    reserve({ path_pattern: '/elsewhere/*.ts' });
    assert.deepEqual((await only()).scope, [{ kind: 'path', path: root.in('file_reservations', 'r1.json') }]);
  });

  it('whose file does not fit is shown as malformed, and blocks nobody', async () => {
    fs.writeFileSync(root.in('file_reservations', 'r1.json'), '{');
    assert.equal((await only()).verdict, 'malformed');
    assert.equal(await isRefused('src/a.ts'), false);
  });

  for (const [what, pattern, problem] of [
    ['is missing', undefined, 'it has no /path_pattern'],
    ['is empty', '', 'its /path_pattern is no text'],
    ['is a list', ['src/*.ts'], 'its /path_pattern is no text'],
    ['leads out of the root', '../x', 'its /path_pattern leads out of the root'],
    ['goes back after a star', 'src/*/../*.ts', 'its /path_pattern leads out of the root'],
    ['is no pattern', 'src/{a', 'its /path_pattern is no glob ('],
  ] as const) {
    it(`whose scope ${what} is malformed, and says so`, async () => {
      reserve({ path_pattern: pattern });
      const lock = await only();
      assert.deepEqual([lock.verdict, lock.scope, lock.holder.name], ['malformed', [], 'BlueLake']);
      assert.ok(verdictSentence(lock).startsWith(`Not a lock: ${problem}`), verdictSentence(lock));
      assert.equal(await isRefused('file_reservations'), false);
    });
  }

  it('is never reaped; force release deletes the very file that was looked at', async () => {
    reserve({ expires_ts: 1 });
    const lock = await only();
    await assert.rejects(manager.reap(lock), { code: 'not-supported' });
    reserve({ agent: 'GreenHill' });
    assert.equal((await manager.forceRelease(lock)).kind, 'changed');
    assert.equal((await manager.forceRelease(await only())).kind, 'released');
    assert.deepEqual(fs.readdirSync(root.in('file_reservations')), []);
  });

  it('is gone where it goes in the moment of the force release', async () => {
    reserve();
    const lock = await only();
    const os = await openNodeOs();
    const rename: Os['rename'] = (from, to) => {
      fs.unlinkSync(from);
      os.rename(from, to);
    };
    const { declared = [] } = readConfiguration(root.path);
    const protocol = new DeclaredProtocol({ ...os, rename }, declared, root.path, { fold: false });
    assert.equal((await protocol.forceRelease(lock)).kind, 'gone');
  });

  it('may have a name with an underscore', async () => {
    fs.writeFileSync(root.in('.wlock.json'), '{"declared": [{"name": "my_tool", "files": "run/*.my"}]}');
    fs.writeFileSync(root.in('run', 'a.my'), '{}');
    const other = await openLocks({ root: root.path, environment: { HOME: root.path } });
    assert.deepEqual(
      (await other.refresh()).locks.map(({ holder }) => holder.tool),
      ['my_tool'],
    );
    await other.close();
  });

  it('is in conflict with whoever holds the same file', async () => {
    reserve();
    assert.deepEqual((await manager.refresh()).conflicts, []);
    const other = { agent: 'RedStone', path_pattern: 'src/*.ts', exclusive: true, expires_ts: Date.now() + 60_000 };
    fs.writeFileSync(root.in('file_reservations', 'r2.json'), JSON.stringify(other));
    const { conflicts } = await manager.refresh();
    assert.deepEqual(
      conflicts.map(({ a, b }) => [a.holder.name, b.holder.name].sort()),
      [['BlueLake', 'RedStone']],
    );
  });
});

/** A record of a version that is not written yet: respected while its holder lives, and nobody's obstacle afterwards. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { openNodeOs, type NodeOs } from '../../src/os/node.ts';
import { asWrittenHere, fixture } from '../formats/fixtures.ts';
import { assertFits } from '../formats/schemas.ts';
import { listJson, onlyLockIn } from './expectations.ts';
import { Started, type StartedProgram } from './started.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { runWlock } from './wlock.ts';

const id = '7d6cc4a2-9f7e-4a36-8f0b-2b5f3c1f0e55';
const holdName = 'c9a1f0de-5e0b-4b0b-8a39-4a7a3f6d2e11';

describe('A record of a newer version', () => {
  let node: NodeOs;
  let root: TemporaryRoot;
  let started: Started;
  before(async () => {
    node = await openNodeOs();
  });
  beforeEach(() => {
    root = new TemporaryRoot();
    started = new Started();
    fs.mkdirSync(path.dirname(hold()), { recursive: true });
    for (const folder of ['src', 'docs']) fs.mkdirSync(root.in(folder));
  });
  afterEach(async () => {
    await started.endAll();
    root[Symbol.dispose]();
  });

  const here = (): { cwd: string } => ({ cwd: root.path });
  const hold = (): string => path.join(root.running, '.wlock', 'alive', holdName);
  const file = (): string => path.join(root.running, 'wlock-tomorrow.lock');

  const sleeper = (): StartedProgram => started.add(spawn('sleep', ['1000']));
  /** A process that keeps the hold's flock, and has nothing else to do with the record. */
  const holdKeeper = async (): Promise<StartedProgram> => {
    fs.writeFileSync(hold(), '');
    const keeper = started.add(spawn('flock', ['--no-fork', hold(), 'sh', '-c', 'echo held; exec sleep 1000']));
    await waitFor('the hold', () => keeper.output.includes('held'));
    return keeper;
  };
  const writeRecord = async (
    pid: number,
    changes: (record: string) => string = (record) => record,
  ): Promise<string> => {
    const state = await node.process(pid);
    const startTime = state?.state === 'running' ? state.startTime : undefined;
    const text = changes(
      asWrittenHere(fixture('newer/tomorrow.lock'), root.path, node.identity(), pid, startTime ?? 'ticks:1'),
    );
    fs.writeFileSync(file(), text);
    return text;
  };
  const end = async (program: StartedProgram): Promise<void> => {
    program.kill('SIGKILL');
    await program.ended();
  };

  /** All that can be done around a lock without force leaves it as it is. */
  const assertRespected = async (text: string, reason: string): Promise<void> => {
    const lock = await onlyLockIn(root.path);
    assert.deepEqual([lock.id, lock.verdict, lock.verdictReason], [id, 'live', reason]);
    for (const words of [
      ['acquire', '--path', 'src', '--ttl', '60s'],
      ['acquire', '--shared', '--path', 'src/other', '--ttl', '60s'],
      ['run', '--glob', '**/*.ts', '--', 'true'],
      ['check', 'src/other/file.ts'],
      ['reap', id],
    ]) {
      const { code, stdout } = await runWlock(['--json', ...words], here());
      assert.equal(code, 3, words.join(' '));
      assert.ok(stdout.includes(id), stdout);
    }
    assert.equal((await runWlock(['reap'], here())).code, 0);
    assert.equal((await runWlock(['run', '--path', 'docs', '--', 'true'], here())).code, 0, 'another place is free');
    assert.equal(fs.readFileSync(file(), 'utf8'), text);
  };

  it('blocks its outer scope, which is a superset, while its process lives, and is not reaped, expired or not', async () => {
    const program = sleeper();
    const text = await writeRecord(program.pid);
    await assertRespected(text, 'pid-running');
  });

  it('blocks while its hold is held, also when its process has gone', async () => {
    const keeper = await holdKeeper();
    const program = sleeper();
    const text = await writeRecord(program.pid);
    await end(program);
    await assertRespected(text, 'hold-held');

    await end(keeper);
    const [lock] = (await listJson(root.path)).locks;
    assert.deepEqual([lock?.verdict, lock?.verdictReason], ['stale', 'hold-released']);
  });

  it('is stale when its process has gone, is cleared by the next acquire, and only then', async () => {
    const program = sleeper();
    await writeRecord(program.pid);
    await end(program);
    const [lock] = (await listJson(root.path)).locks;
    assert.deepEqual([lock?.verdict, lock?.verdictReason], ['stale', 'pid-dead']);
    assert.equal((await runWlock(['run', '--path', 'docs', '--', 'true'], here())).code, 0);
    assert.ok(fs.existsSync(file()), 'what does not overlap is left alone');
    assert.equal((await runWlock(['run', '--path', 'src', '--', 'true'], here())).code, 0);
    assert.ok(!fs.existsSync(file()));
  });

  it('is reaped when its process has gone', async () => {
    const program = sleeper();
    await writeRecord(program.pid);
    await end(program);
    const { code, stdout } = await runWlock(['reap', '--json'], here());
    assert.equal(code, 0);
    assertFits(JSON.parse(stdout), 'output', 'reap');
    assert.ok(!fs.existsSync(file()));
  });

  it('is shown with what we understand of it: an unknown mode is exclusive, an unknown kind of scope its paths', async () => {
    await writeRecord(sleeper().pid);
    const { stdout } = await runWlock(['list', '--json'], here());
    assertFits(JSON.parse(stdout), 'output', 'list');
    const { locks } = JSON.parse(stdout) as {
      locks: readonly { mode: string; scope: unknown; holder: { name: string } }[];
    };
    assert.deepEqual(
      locks.map(({ mode, scope, holder }) => ({ mode, scope, name: holder.name })),
      [{ mode: 'exclusive', scope: [{ kind: 'path', path: root.in('src') }], name: 'tomorrow' }],
    );
  });

  it('goes by force, which names it', async () => {
    await writeRecord(sleeper().pid);
    const { code } = await runWlock(['force-release', id, '--yes'], here());
    assert.equal(code, 0);
    assert.ok(!fs.existsSync(file()));
  });

  it('without an id that we know is judged as one of little-loops’ own, by its process', async () => {
    const program = sleeper();
    // Without a start time in words that we know, only the age of the process tells whether it can have written this.
    await writeRecord(program.pid, (record) =>
      record
        .replace(`"id":"${id}"`, '"id":{"of":"tomorrow"}')
        .replace(/"started_at":"[^"]*"/, `"started_at":"${new Date().toISOString()}"`),
    );
    assert.equal((await onlyLockIn(root.path)).verdict, 'live');
    assert.equal((await runWlock(['run', '--path', 'src', '--', 'true'], here())).code, 3);
    await end(program);
    assert.equal((await onlyLockIn(root.path)).verdict, 'stale');
  });
});

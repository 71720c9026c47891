/** Waiting for a lock that is another tool's: in our queue, in one's turn (DESIGN 6.1, Queue; DESIGN 7). */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { listJson } from './expectations.ts';
import { Started, type StartedProgram } from './started.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { ToolHome } from './tools.ts';
import { waitFor } from './waitFor.ts';
import { runWlock, spawnWlock, type WlockOptions } from './wlock.ts';

interface SeenWaiter {
  readonly id: string;
  readonly holder: { readonly name: string };
  readonly idle: boolean;
}

describe('Who waits for another tool’s lock', () => {
  let root: TemporaryRoot;
  let started: Started;
  let tools: ToolHome;
  let agent: StartedProgram;
  beforeEach(async () => {
    root = new TemporaryRoot();
    started = new Started();
    tools = new ToolHome(root, started);
    agent = tools.start('claude-swarm', 1_000);
    await waitFor('the agent holds src/a.py', () => agent.output.includes('acquired'));
  });
  afterEach(async () => {
    await started.endAll();
    root[Symbol.dispose]();
  });

  const here = (): WlockOptions => ({ cwd: root.path, environment: tools.environment });
  const waiters = async (): Promise<readonly SeenWaiter[]> =>
    ((await listJson(root.path, here())) as unknown as { readonly waiters: readonly SeenWaiter[] }).waiters;
  const names = async (): Promise<readonly string[]> => (await waiters()).map(({ holder }) => holder.name);

  /** It says `in` once it has the lock, and keeps it until it is ended. */
  async function waits(holder: string, place: string, ...more: readonly string[]): Promise<StartedProgram> {
    const command = ['sh', '-c', 'echo in; exec sleep 1000'];
    const program = started.add(
      spawnWlock(['run', '--path', place, '--holder', holder, '--wait', ...more, '--', ...command], here()),
    );
    await waitFor(`${holder} waits`, async () => (await names()).includes(holder));
    return program;
  }
  const isIn = (program: StartedProgram): Promise<true> =>
    waitFor('it has the lock', () => program.output.includes('in') || undefined, 20_000).then(() => true);

  it('stands in the queue, under that lock, and is served in his turn', async () => {
    const first = await waits('first', 'src');
    const second = await waits('second', 'src/b.py');
    assert.deepEqual(await names(), ['first', 'second']);
    const { stdout } = await runWlock(['list'], here());
    assert.match(stdout, /agent-7[\s\S]*first[\s\S]*second/);

    // Nothing holds src/b.py; but who passed the first by would do so for ever, and a waiter that is stopped is passed by
    // after a second. This one is not stopped.
    await delay(3_000);
    assert.deepEqual([first.output, second.output], ['', '']);
    assert.deepEqual(
      (await waiters()).map(({ idle }) => idle),
      [false, false],
    );
    const tried = await runWlock(['run', '--path', 'src/b.py', '--', 'true'], here());
    assert.equal(tried.code, 3);
    assert.match(tried.stderr, /first/);

    agent.kill('SIGTERM');
    await isIn(first);
    assert.equal(second.output, '');
    first.kill('SIGTERM');
    await isIn(second);
    assert.deepEqual(await names(), []);
  });

  it('is passed over when it is free and he is stopped', async () => {
    const first = await waits('first', 'src');
    const second = await waits('second', 'src/b.py');
    first.kill('SIGSTOP');
    agent.kill('SIGTERM');
    await isIn(second);
    assert.equal(first.output, '');
    second.kill('SIGTERM');
    first.kill('SIGCONT');
    await isIn(first);
  });

  it('gives up after his time, with that lock’s holder in the answer, and leaves the queue', async () => {
    const answer = await runWlock(['run', '--path', 'src', '--wait', '300ms', '--', 'true'], here());
    assert.equal(answer.code, 4);
    assert.match(answer.stderr, /agent-7/);
    assert.deepEqual(await names(), []);
    assert.deepEqual(root.records(), []);
  });

  it('does not sleep through the end of a lock that nobody lets go', async () => {
    const file = root.in('.agent_locks', fs.readdirSync(root.in('.agent_locks'))[0] ?? '');
    const first = await waits('first', 'src');
    agent.kill('SIGKILL');
    await agent.ended();
    const record = JSON.parse(fs.readFileSync(file, 'utf8')) as { locked_at: number };
    // As after its time-out; the agents of claude-swarm have no process that could be seen to die (PROTOCOLS 2.4).
    fs.writeFileSync(file, JSON.stringify({ ...record, locked_at: record.locked_at - 100_000 }));
    await isIn(first);
  });

  it('asks near what he wants, however deep a package with locks of its own lies', async () => {
    const deep = 'src/one/two/three/four/five';
    fs.mkdirSync(root.in(deep, '.agent_locks'), { recursive: true });
    fs.renameSync(
      root.in('.agent_locks', fs.readdirSync(root.in('.agent_locks'))[0] ?? ''),
      root.in(deep, '.agent_locks', fs.readdirSync(root.in('.agent_locks'))[0] ?? ''),
    );
    fs.rmdirSync(root.in('.agent_locks'));
    for (const words of [['run'], ['run', '--shared']]) {
      const tried = await runWlock([...words, '--path', `${deep}/src/a.py`, '--', 'true'], here());
      assert.equal(tried.code, 3, tried.stderr);
      assert.match(tried.stderr, /agent-7/);
    }
  });
});

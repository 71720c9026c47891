/** The queue among real processes: who comes first, who is passed over, and what wakes those who wait. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { openLocks, type LockManager } from '../../src/manager/lockManager.ts';
import { cliFile } from './programs.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { runWlock } from './wlock.ts';
import { removeFolder } from '../setup/removeFolder.mjs';

/** proc(5): bit n - 1 of `SigCgt` says that signal n is caught. */
function catches(pid: number, signal: number): boolean {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${mask}`) & (1n << BigInt(signal - 1))) !== 0n;
}

describe('Processes that wait', () => {
  let root: TemporaryRoot;
  let locks: LockManager;
  let started: ChildProcess[];

  beforeEach(async () => {
    root = new TemporaryRoot();
    locks = await openLocks({ root: root.path });
    started = [];
  });

  afterEach(async () => {
    await locks.close();
    for (const child of started) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
    }
    root[Symbol.dispose]();
  });

  const order = (): string => root.in('order');
  const granted = (): readonly string[] =>
    fs.existsSync(order()) ? fs.readFileSync(order(), 'utf8').trim().split('\n') : [];
  /** `wlock run --wait`, whose command writes its name when it has the lock, and ends once a file of its name is there. */
  const wait = (name: string, ...scope: readonly string[]): ChildProcess => {
    const script = `echo "${name}" >> order; until [ -e "end ${name}" ] || [ -e "end all" ]; do sleep 0.02; done`;
    const words = ['run', '--wait', '--holder', name, ...scope, '--', 'sh', '-c', script];
    const child = spawn(process.execPath, [cliFile, ...words], { cwd: root.path, stdio: 'ignore' });
    started.push(child);
    return child;
  };
  const end = (name: string): void => fs.writeFileSync(root.in(`end ${name}`), '');
  const queued = async (name: string): Promise<void> => {
    await waitFor(`${name} in the queue`, async () =>
      (await locks.refresh()).waiters.some(({ holder }) => holder.name === name),
    );
  };
  const has = async (name: string): Promise<void> => {
    await waitFor(`${name} has its lock, after ${granted().join(', ')}`, () => granted().includes(name));
  };
  /** Somebody who is no ancestor of the others: the locks of this process itself would not stop what it has started. */
  const hold = async (path: string): Promise<{ release(): Promise<void> }> => {
    const script = 'until [ -e "end test" ]; do sleep 0.02; done';
    const words = ['run', '--path', path, '--holder', 'test', '--', 'sh', '-c', script];
    const child = spawn(process.execPath, [cliFile, ...words], { cwd: root.path, stdio: 'ignore' });
    started.push(child);
    await waitFor('the lock of the test', async () => (await locks.refresh()).locks.length > 0);
    return {
      async release() {
        end('test');
        await new Promise((resolve) => child.once('exit', resolve));
      },
    };
  };
  const take = async (path: string): Promise<void> => {
    const outcome = await locks.acquire({ scope: [path], holder: 'test' });
    assert.ok(outcome.ok);
    await outcome.held.release();
  };

  it('are served in the order in which they came: 8 of mixed modes, those who share side by side', async () => {
    const held = await hold('src');
    const requests: readonly (readonly [string, ...string[]])[] = [
      ['writer 1', '--path', 'src'],
      ['reader 1', '--shared', '--path', 'src'],
      ['reader 2', '--shared', '--glob', 'src/**/*.ts'],
      ['writer 2', '--path', 'src/api'],
      ['reader 3', '--shared', '--path', 'src/api/routes.ts'],
      ['reader 4', '--shared', '--path', 'src/ui'],
      ['writer 3', '--glob', 'src/*/r*.ts'],
      ['reader 5', '--shared', '--path', 'src'],
    ];
    for (const [name, ...scope] of requests) {
      wait(name, ...scope);
      await queued(name);
    }
    const { waiters } = await locks.refresh();
    assert.deepEqual(
      waiters.map(({ ticket, holder }) => [ticket, holder.name]),
      requests.map(([name], i) => [i + 1, name]),
    );
    await held.release();
    const rounds: string[][] = [];
    // In each round all who hold something end, and nobody else may have come before they do.
    for (const round of [
      ['writer 1'],
      ['reader 1', 'reader 2', 'reader 4'],
      ['writer 2'],
      ['reader 3'],
      ['writer 3'],
      ['reader 5'],
    ]) {
      for (const name of round) await has(name);
      rounds.push(granted().slice(rounds.flat().length).sort());
      for (const name of round) end(name);
    }
    assert.deepEqual(rounds, [
      ['writer 1'],
      ['reader 1', 'reader 2', 'reader 4'],
      ['writer 2'],
      ['reader 3'],
      ['writer 3'],
      ['reader 5'],
    ]);
    console.log(`      order of 8 waiters: ${rounds.map((round) => round.join(' + ')).join(', ')}`);
  });

  it('get on when the holder is killed', async () => {
    const holder = wait('holder', '--path', 'src');
    await has('holder');
    wait('next', '--path', 'src/api');
    await queued('next');
    holder.kill('SIGKILL');
    await has('next');
  });

  it('are dropped when they die, and whoever is behind them gets on', async () => {
    const held = await hold('src');
    const dead = wait('dead', '--path', 'src');
    await queued('dead');
    wait('behind', '--path', 'src');
    await queued('behind');
    dead.kill('SIGKILL');
    await waitFor('its end', async () => (await locks.refresh()).waiters.length === 1);
    await held.release();
    await has('behind');
    assert.deepEqual(granted(), ['behind']);
    assert.equal(fs.readdirSync(root.in('.loops/.running/.wlock/queue')).length, 0);
  });

  it('are passed over while they are stopped, and keep their place', async () => {
    const held = await hold('src');
    const stopped = wait('stopped', '--path', 'src');
    await queued('stopped');
    wait('second', '--path', 'src');
    await queued('second');
    wait('third', '--path', 'src');
    await queued('third');
    stopped.kill('SIGSTOP');
    await held.release();
    await has('second'); // after a second of nothing
    const { waiters } = await locks.refresh();
    assert.deepEqual(
      waiters.map(({ holder, idle }) => [holder.name, idle]),
      [
        ['stopped', true],
        ['third', false],
      ],
    );
    stopped.kill('SIGCONT');
    await waitFor('that it is awake', async () => (await locks.refresh()).waiters.every(({ idle }) => !idle));
    end('second');
    await has('stopped');
    end('stopped');
    await has('third');
    assert.deepEqual(granted(), ['second', 'stopped', 'third']);
  });

  it('that are stopped do not refuse those who only try', async () => {
    const held = await hold('src');
    const stopped = wait('stopped', '--path', 'src');
    await queued('stopped');
    stopped.kill('SIGSTOP');
    await held.release();
    await take('src');
    await take('src'); // marked as idle by now
    stopped.kill('SIGCONT');
    await has('stopped');
  });

  it('let a child of the holder go first, which may have a part of its parent’s lock', async () => {
    const script = 'until [ -e go ]; do sleep 0.02; done; exec "$@"';
    const inner = [process.execPath, cliFile, 'run', '--path', 'src/api', '--', 'touch', 'child was here'];
    const words = ['run', '--path', 'src', '--holder', 'parent', '--', 'sh', '-c', script, 'sh', ...inner];
    started.push(spawn(process.execPath, [cliFile, ...words], { cwd: root.path, stdio: 'ignore' }));
    await waitFor('the parent', async () => (await locks.refresh()).locks.length === 1);
    wait('waiting', '--path', 'src');
    await queued('waiting');
    fs.writeFileSync(root.in('go'), '');
    await has('waiting'); // only after the parent, which waits for its child
    assert.ok(fs.existsSync(root.in('child was here')));
  });

  it('leave the queue when they are interrupted, with the exit code of the signal', async () => {
    await hold('src');
    const waiting = wait('interrupted', '--path', 'src');
    await queued('interrupted');
    waiting.kill('SIGINT');
    const code = await new Promise((resolve) => waiting.once('exit', resolve));
    assert.equal(code, 130);
    assert.deepEqual((await locks.refresh()).waiters, []);
    assert.deepEqual(fs.readdirSync(root.in('.loops/.running/.wlock/queue')), []);
  });

  for (const [words, signal, exit] of [
    [['run', '--wait', '--path', 'src', '--', 'true'], 'SIGINT', 130],
    [['acquire', '--wait', '--path', 'src', '--ttl', '60s'], 'SIGTERM', 143],
    [['wait', 'src'], 'SIGINT', 130],
  ] as const) {
    it(`answer with JSON when ${words[0]} is interrupted, too`, async () => {
      await hold('src');
      const child = spawn(process.execPath, [cliFile, '--json', ...words], {
        cwd: root.path,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      started.push(child);
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
      const closed = new Promise((resolve) => child.once('close', resolve));
      // Node.js itself catches INT and TERM, but not USR2: then the handlers are ours, and are set before the wait.
      await waitFor('its handlers', () => catches(child.pid ?? -1, os.constants.signals.SIGUSR2));
      if (words[0] !== 'wait') {
        await waitFor('a place in the queue', async () => (await locks.refresh()).waiters.length > 0);
      }
      child.kill(signal);
      assert.equal(await closed, exit);
      const { ok, error } = JSON.parse(output) as { ok: boolean; error: { code: string } };
      assert.deepEqual([ok, error.code], [false, 'cancelled']);
      assert.equal(root.records().length, 1);
    });
  }

  it('leave no lock behind, at whatever moment after the grant they are interrupted', async () => {
    for (let laterMs = 0; laterMs < 40; laterMs += 2) {
      const child = spawn(process.execPath, [cliFile, 'run', '--wait', '--path', 'src', '--', 'sleep', '60'], {
        cwd: root.path,
        stdio: 'ignore',
      });
      started.push(child);
      const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
      await waitFor('the lock', () => root.records().length > 0);
      await delay(laterMs);
      child.kill('SIGTERM');
      assert.equal(await ended, 143, `${laterMs} ms after the record was seen`);
      assert.deepEqual(root.records(), [], `${laterMs} ms after the record was seen`);
    }
  });

  it('keep their place while somebody is stopped in the gate, longer than a try waits for it', async () => {
    const held = await hold('src');
    wait('patient', '--path', 'src');
    await queued('patient');
    const gate = root.in('.loops/.running/.acquire.lock');
    const inside = spawn('flock', ['--no-fork', gate, 'sh', '-c', 'touch inside; exec sleep 60'], { cwd: root.path });
    started.push(inside);
    await waitFor('the gate to be held', () => fs.existsSync(root.in('inside')));
    await held.release(); // takes no gate
    const ticket = fs.readdirSync(root.in('.loops/.running/.wlock/queue'))[0];
    const tried = await runWlock(['run', '--path', 'docs', '--', 'true'], { cwd: root.path });
    assert.match(tried.stderr, /^wlock: The gate .+ has been held for 5 s/);
    const limited = await runWlock(['run', '--path', 'src', '--wait', '300ms', '--', 'true'], { cwd: root.path });
    assert.match(limited.stderr, /^wlock: The gate .+ has been held for 1 s/, 'no longer than it wants to wait');
    assert.deepEqual(granted(), []);
    assert.deepEqual(fs.readdirSync(root.in('.loops/.running/.wlock/queue')), [ticket]);
    inside.kill('SIGKILL');
    await has('patient');
    end('patient');
  });

  it('get on one after the other also when there are 24 of them', async () => {
    const held = await hold('src');
    for (let i = 0; i < 24; i++) {
      const words = ['run', '--wait', '--path', 'src', '--', 'sh', '-c', 'echo got >> order'];
      started.push(spawn(process.execPath, [cliFile, ...words], { cwd: root.path, stdio: 'ignore' }));
    }
    await waitFor('all in the queue', async () => (await locks.refresh()).waiters.length === 24, 60_000);
    await held.release();
    await waitFor('all to have got on', () => granted().length === 24, 60_000);
  });

  it('have numbers of their own, and their order, beside a name with the largest one that nobody can delete', async () => {
    const queue = root.in('.loops/.running/.wlock/queue');
    fs.mkdirSync(`${queue}/999999999999-00000000-0000-4000-8000-000000000000.json`, { recursive: true });
    const held = await hold('src');
    for (const name of ['first', 'second', 'third']) {
      wait(name, '--path', 'src');
      await queued(name);
    }
    const { waiters } = await locks.refresh();
    assert.deepEqual(
      waiters.map(({ ticket, holder }) => [ticket, holder.name]),
      [
        [1, 'first'],
        [2, 'second'],
        [3, 'third'],
      ],
    );
    end('all');
    await held.release();
    for (const name of ['first', 'second', 'third']) await has(name);
    assert.deepEqual(granted(), ['first', 'second', 'third']);
  });

  it('tell what they wait for again only when somebody else has the lock, and name five who are ahead', async () => {
    const held = await hold('src');
    const names = Array.from({ length: 7 }, (_, i) => `waiter ${i}`);
    for (const name of names) {
      wait(name, '--path', 'src');
      await queued(name);
    }
    const child = spawn(
      process.execPath,
      [cliFile, 'run', '--wait', '--holder', 'last', '--path', 'src', '--', 'true'],
      {
        cwd: root.path,
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    started.push(child);
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const blocks = (): number => said.split('Waiting. ').length - 1;
    await waitFor('a first block', () => blocks() === 1);
    // Those in the middle of the queue give up, one by one; nobody else gets the lock.
    for (const waiting of started.slice(2, 5)) {
      waiting.kill('SIGINT');
      await new Promise((resolve) => waiting.once('exit', resolve));
    }
    await held.release();
    await has('waiter 0');
    await waitFor('a second block', () => blocks() === 2);
    assert.match(said, /^Waiting\. [^]*test[^]*Waiting\. [^]*waiter 0/);
    end('all');
    await new Promise((resolve) => child.once('close', resolve));
  });

  it('survive that somebody deletes the queue, and everything with it', async () => {
    const held = await hold('src');
    wait('survivor', '--path', 'src');
    await queued('survivor');
    removeFolder(root.in('.loops/.running/.wlock/queue'));
    await held.release();
    await has('survivor');
  });

  it('of little-loops’ own queue are shown, with what they wait for, or that they are gone', async () => {
    await hold('src');
    fs.mkdirSync(root.in('.loops/.queue'), { recursive: true });
    const entry = (id: string, pid: number): void =>
      fs.writeFileSync(
        root.in(`.loops/.queue/${id}.json`),
        JSON.stringify({
          id,
          loopName: `loop ${id}`,
          enqueuedAt: new Date().toISOString(),
          context: { waitingFor: 'x', scope: [root.in('src')], pid },
        }),
      );
    entry('living', process.pid);
    entry('dead', 4_194_303);
    fs.writeFileSync(root.in('.loops/.queue/broken.json'), '{"id"');
    const { code, stdout } = await runWlock(['list'], { cwd: root.path });
    assert.equal(code, 0);
    assert.match(stdout, /^loop living +src +\S.* waits for test$/m);
    assert.match(stdout, /^loop dead +src +\S.* gone$/m);
  });

  it('give up after their time with exit code 4, and are refused at once without --wait with 3', async () => {
    await hold('src');
    const late = await runWlock(['run', '--wait', '100ms', '--path', 'src', '--', 'true'], { cwd: root.path });
    assert.equal(late.code, 4, late.stderr);
    assert.match(late.stderr, /^Gave up waiting\. Locked by somebody else:/);
    const refused = await runWlock(['run', '--path', 'src', '--', 'true'], { cwd: root.path });
    assert.equal(refused.code, 3, refused.stderr);
  });

  it('try again without a place in the queue as often as --retry says', async () => {
    const held = await hold('src');
    const trying = runWlock(['run', '--retry', '50', '--path', 'src', '--', 'true'], { cwd: root.path });
    await waitFor('a refusal', async () => (await locks.journal()).some(({ event }) => event === 'conflicted'));
    assert.deepEqual((await locks.refresh()).waiters, []);
    await held.release();
    assert.equal((await trying).code, 0);
  });
});

/** `wlock run` and what happens to the command: signals, orphans, other exit codes. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { listJson, onlyLockIn } from './expectations.ts';
import { cliFile } from './programs.ts';
import { isRunning, Started, type StartedProgram } from './started.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { runWlock, spawnWlock, type WlockResult } from './wlock.ts';

describe('The command of wlock run', () => {
  let root: TemporaryRoot;
  let started: Started;

  beforeEach(() => {
    root = new TemporaryRoot();
    started = new Started();
  });
  afterEach(async () => {
    await started.endAll();
    root[Symbol.dispose]();
  });

  const wlock = (...words: readonly string[]): Promise<WlockResult> => runWlock(words, { cwd: root.path });
  const start = (words: readonly string[], environment: NodeJS.ProcessEnv = {}): StartedProgram =>
    started.add(spawnWlock(['run', ...words], { cwd: root.path, environment }));
  const numberIn = async (program: StartedProgram): Promise<number> =>
    Number(await waitFor('a number', () => /^\d+(?=\n)/.exec(program.output)?.[0]));

  it('gets an ending signal with all that it has started: no shell leaves anybody behind', async () => {
    const program = start(['--path', 'a', '--', 'sh', '-c', 'sleep 1000 & echo $!; wait']);
    const grandchild = await numberIn(program);
    program.kill('SIGTERM');
    assert.equal((await program.ended()).code, 143);
    assert.equal(isRunning(grandchild), false);
    assert.deepEqual(root.records(), []);
  });

  it('gets an ending signal also while it is stopped', async () => {
    const program = start(['--path', 'a', '--', 'sh', '-c', 'echo $$; exec sleep 1000']);
    process.kill(await numberIn(program), 'SIGSTOP');
    program.kill('SIGTERM');
    assert.equal((await program.ended()).code, 143);
  });

  it('gets USR1, which opens no debugger', async () => {
    const script = "trap 'exit 5' USR1; echo $$; while :; do sleep 0.02; done";
    const program = start(['--path', 'a', '--', 'bash', '-c', script]);
    await numberIn(program);
    program.kill('SIGUSR1');
    assert.equal((await program.ended()).code, 5);
    assert.equal(program.errors, '');
  });

  it('keeps the lock while what it has started still ends', async () => {
    const slow = 'trap "sleep 0.5; echo done > a; exit" TERM; echo $$; while :; do sleep 0.02; done';
    const program = start(['--path', 'a', '--', 'sh', '-c', `bash -c '${slow}' & wait`]);
    await numberIn(program);
    program.kill('SIGTERM');
    await program.ended();
    assert.equal(fs.readFileSync(root.in('a'), 'utf8'), 'done\n', 'it had ended when the lock was given back');
  });

  it('gets other signals alone', async () => {
    const inner = "trap 'echo inner > inner' USR2; while :; do sleep 0.02; done";
    const script = `bash -c "${inner}" & trap 'echo outer; kill %1; exit 4' USR2; echo $!; while :; do sleep 0.02; done`;
    const program = start(['--path', 'a', '--', 'bash', '-c', script]);
    await numberIn(program);
    program.kill('SIGUSR2');
    assert.equal((await program.ended()).code, 4);
    assert.equal(fs.existsSync(root.in('inner')), false);
  });

  it('does not begin where wlock was killed before the kernel was asked to kill it, too', async () => {
    using programs = new TemporaryRoot();
    const slowly = '#!/bin/sh\n[ "$4" = true ] || { echo >&2 asking; sleep 0.3; }\nexec /usr/bin/setpriv "$@"\n';
    fs.writeFileSync(programs.in('setpriv'), slowly, { mode: 0o755 });
    const environment = { PATH: `${programs.path}:${process.env['PATH'] ?? ''}` };
    const program = start(['--path', 'a', '--', 'sh', '-c', 'echo evil > a; exec sleep 1000'], environment);
    await waitFor('the child', () => program.errors.includes('asking'));
    program.kill('SIGKILL');
    await program.ended();
    // Its hold is inherited, so the lock is free as soon as the child has gone, and not before.
    await waitFor('the child to go', async () => (await onlyLockIn(root.path)).verdict === 'stale');
    assert.equal(fs.existsSync(root.in('a')), false);
  });

  it('is skipped with exit code 0 where somebody wants it so', async () => {
    const other = start(['--path', 'a', '--', 'sh', '-c', 'echo in; exec sleep 1000']);
    await waitFor('the other', () => other.output === 'in\n');
    const skipped = await wlock('run', '--on-conflict', 'skip', '--path', 'a', '--', 'touch', 'ran');
    assert.equal(skipped.code, 0);
    assert.match(skipped.stderr, /sh.*Skipped the command\.\n$/s);
    const late = await wlock('run', '--on-conflict=skip', '--wait=50ms', '--path', 'a', '--', 'touch', 'ran');
    assert.equal(late.code, 0);
    assert.match(late.stderr, /Gave up waiting/);
    assert.equal((await wlock('run', '--on-conflict', 'fail', '--path', 'a', '--', 'touch', 'ran')).code, 3);
    assert.equal((await wlock('run', '--on-conflict', 'anyway', '--path', 'a', '--', 'touch', 'ran')).code, 2);
    assert.equal(fs.existsSync(root.in('ran')), false);
    assert.equal((await wlock('run', '--on-conflict', 'skip', '--path', 'b', '--', 'sh', '-c', 'exit 6')).code, 6);
  });

  it('holds several scopes as one lock, or none', async () => {
    const both = start([
      '--path',
      'a',
      '--path',
      'b',
      '--name',
      'session',
      '--',
      'sh',
      '-c',
      'echo in; exec sleep 1000',
    ]);
    await waitFor('it', () => both.output === 'in\n');
    for (const part of [
      ['--path', 'a/x'],
      ['--path', 'b'],
      ['--name', 'session'],
    ]) {
      assert.equal((await wlock('run', ...part, '--path', 'c', '--', 'true')).code, 3, part.join(' '));
    }
    assert.equal((await wlock('run', '--path', 'c', '--', 'true')).code, 0);
  });

  it('shares with others that share', async () => {
    const reader = start(['--shared', '--path', 'a', '--', 'sh', '-c', 'echo in; exec sleep 1000']);
    await waitFor('the reader', () => reader.output === 'in\n');
    assert.equal((await wlock('run', '--shared', '--path', 'a', '--', 'true')).code, 0);
    assert.equal((await wlock('run', '--path', 'a', '--', 'true')).code, 3);
  });

  it('may be another wlock run, deeper and deeper', async () => {
    const deeper = (levels: number): readonly string[] => [
      ...(levels === 0
        ? ['echo', 'bottom']
        : [process.execPath, cliFile, 'run', '--path', 'a', '--', ...deeper(levels - 1)]),
    ];
    const { code, stdout, stderr } = await wlock('run', '--path', 'a', '--', ...deeper(4));
    assert.deepEqual([code, stdout, stderr], [0, 'bottom\n', '']);
    assert.deepEqual(root.records(), []);
  });

  for (const confine of [[], ['--confine']]) {
    it(`leaves no orphan and no lock in a storm of signals ${confine.join('')}`, async function () {
      this.timeout(120_000);
      const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGSTOP', 'SIGCONT'];
      const rounds = 60;
      const mark = `WLOCK_STORM=${path.basename(root.path)}`;
      const sent = new Map<string, number>();
      let got = 0;
      const round = async (n: number): Promise<void> => {
        const place = `place-${n % 4}`;
        fs.mkdirSync(root.in(place), { recursive: true });
        const isKilled = n % 3 === 0;
        // Not confined, what a shell has started outlives a killed wlock, and goes on holding the lock.
        const isAlone = isKilled && confine.length === 0;
        const command = isAlone ? 'echo $$; exec sleep 1000' : 'echo $$; sleep 1000; exit 1';
        const words = [...confine, '--wait', '--path', place, '--', 'sh', '-c', command];
        const program = start(words, { WLOCK_STORM: path.basename(root.path) });
        // Before it has the lock, while it starts, and while it runs.
        if (isKilled && n % 2 === 0) await delay((n * 37) % 400);
        else await waitFor('its begin or end', () => program.output !== '' || !program.isRunning, 30_000);
        for (let k = 0; k < 6 && program.isRunning; k++) {
          const signal = signals[(n * 7 + k * 5) % signals.length] ?? 'SIGTERM';
          sent.set(signal, (sent.get(signal) ?? 0) + 1);
          program.kill(signal);
          await delay((n * 13 + k * 29) % 60);
        }
        program.kill('SIGCONT');
        program.kill(isKilled ? 'SIGKILL' : 'SIGTERM');
        await program.ended(30_000);
        if (program.output !== '') got++;
      };
      const workers = Array.from({ length: 6 }, async (_, worker) => {
        for (let n = worker; n < rounds; n += 6) await round(n);
      });
      await Promise.all(workers);
      const left = (): readonly string[] => withVariable(mark);
      await waitFor(
        () => `no orphan: ${left().join('; ')}`,
        () => left().length === 0,
      );
      const { locks } = await listJson(root.path);
      assert.deepEqual(
        locks.filter(({ verdict }) => verdict !== 'stale'),
        [],
      );
      console.log(
        `      ${rounds} runs, ${got} began; ${[...sent].map(([name, times]) => `${name} ${times}`).join(', ')}`,
      );
      assert.ok(got > 0);
      for (let n = 0; n < 4; n++) assert.equal((await wlock('run', '--path', `place-${n}`, '--', 'true')).code, 0);
      assert.equal((await wlock('reap')).code, 0);
      assert.deepEqual(root.records(), []);
    });
  }
});

/** Processes that run with this line in their environment, by proc(5). */
function withVariable(line: string): readonly string[] {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return fs.readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(line) && isRunning(pid);
      } catch {
        return false; // it has gone, or is not ours
      }
    })
    .map((pid) => `${pid} ${fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(-120)}`);
}

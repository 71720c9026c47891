/** wlock doctor: explains, changes nothing; and --prove: races processes where somebody's locks shall hold. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { readLedger } from '../../src/manager/proof/ledger.ts';
import { assertRefused } from './expectations.ts';
import { cliFile } from './programs.ts';
import { isRunning, Started, type StartedProgram } from './started.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { runWlock, spawnWlock, type WlockResult } from './wlock.ts';

interface Finding {
  readonly level: 'ok' | 'note' | 'problem';
  readonly topic: string;
  readonly text: string;
  readonly hint?: string;
}

/** Every file and folder below, with what is in it and its time. */
function pictureOf(folder: string): readonly string[] {
  return fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => {
    const { mtimeMs, size, ino } = fs.lstatSync(path.join(folder, name));
    return `${name} ${mtimeMs} ${size} ${ino}`;
  });
}

describe('wlock doctor', () => {
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

  const wlock = (words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<WlockResult> =>
    runWlock(words, { cwd: root.path, environment });

  /** Also checks that nothing was created, deleted or changed, whatever it found. */
  async function diagnose(): Promise<readonly Finding[]> {
    const before = pictureOf(root.path);
    const { code, stdout, stderr } = await wlock(['doctor', '--json']);
    assert.equal(stderr, '');
    const { findings, healthy } = JSON.parse(stdout) as { findings: readonly Finding[]; healthy: boolean };
    assert.equal(code, healthy ? 0 : 1);
    assert.deepEqual(pictureOf(root.path), before, 'doctor changed something');
    return findings;
  }

  async function findingsOf(topic: string): Promise<readonly Finding[]> {
    return (await diagnose()).filter((finding) => finding.topic === topic);
  }

  async function onlyFinding(topic: string): Promise<Finding> {
    const [finding, ...others] = await findingsOf(topic);
    assert.ok(finding, `nothing about ${topic}`);
    assert.deepEqual(others, []);
    return finding;
  }

  /** Makes the store, as the first lock does. */
  async function makeStore(): Promise<void> {
    assert.equal((await wlock(['run', '--path', 'a', '--', 'true'])).code, 0);
  }

  function put(name: string, content: object | string): string {
    const file = path.join(root.running, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  }

  const age = (file: string): void => fs.utimesSync(file, Date.now() / 1_000 - 60, Date.now() / 1_000 - 60);

  const record = (changes: object = {}): object => ({
    loop_name: 'nightly',
    scope: [root.in('src')],
    pid: 99_999_999,
    started_at: new Date().toISOString().replace('Z', '000+00:00'),
    ...changes,
  });

  function livingPid(): number {
    return started.add(spawn('sleep', ['1000'])).pid;
  }

  describe('explains', () => {
    it('a workspace in which nothing was ever locked', async () => {
      const findings = await diagnose();
      assert.ok(findings.every(({ level }) => level !== 'problem'));
      const about = (topic: string): string => findings.find((finding) => finding.topic === topic)?.text ?? '';
      assert.match(about('root'), /because/);
      assert.match(about('configuration'), /no file; the defaults/);
      assert.match(about('store'), /\.running does not exist; the first acquire makes it/);
      assert.match(about('file system'), /locks hold here/);
      assert.match(about('flock'), /fs-ext, because/);
    });

    it('the same as text, each finding on a line of its own', async () => {
      const { code, stdout } = await wlock(['doctor']);
      assert.equal(code, 0);
      assert.match(stdout, /^ok root: .*\nok loops directory: /);
    });

    it('a healthy store, with the gate and its inode', async () => {
      await makeStore();
      const findings = await diagnose();
      assert.ok(findings.every(({ level }) => level !== 'problem'));
      const { ino } = fs.statSync(path.join(root.running, '.acquire.lock'));
      const gate = findings.find(({ topic }) => topic === 'gate');
      assert.ok(gate?.text.endsWith(`, inode ${ino}`), gate?.text);
      assert.equal(findings.find(({ topic }) => topic === 'inside the gate')?.text, 'nobody is seen');
      assert.deepEqual(
        findings.filter(({ topic }) => ['leftovers', 'queue', 'journal', 'git'].includes(topic)),
        [],
      );
    });

    it('the configuration in effect, and the tools at work', async () => {
      fs.mkdirSync(root.in('.ll'));
      fs.writeFileSync(root.in('.ll', 'll-config.json'), '{"loops":{"loops_dir":"work/loops"}}');
      fs.mkdirSync(root.in('.agent_locks'));
      assert.equal((await onlyFinding('configuration')).text, '.ll/ll-config.json');
      assert.match((await onlyFinding('loops directory')).text, /^work\/loops, because/);
      assert.match((await onlyFinding('store')).text, /work\/loops\/\.running does not exist/);
      assert.match(
        (await onlyFinding('protocols')).text,
        /^claude-swarm: .*\.agent_locks; a record is over after 5 min$/,
      );
    });

    it('who is inside the gate', async () => {
      await makeStore();
      const holder = started.add(
        // Without a fork, so that ending it ends the sleep too.
        spawn('flock', ['--no-fork', path.join(root.running, '.acquire.lock'), 'sh', '-c', 'echo in; exec sleep 1000']),
      );
      await waitFor('the gate is held', () => holder.output === 'in\n');
      const { level, text, hint } = await onlyFinding('inside the gate');
      assert.equal(level, 'note');
      assert.match(text, /^process \d+ \(/);
      assert.match(hint ?? '', /never delete the gate/);
    });
  });

  it('names who is inside the gate although the flock(1) that locked it for him has ended', async () => {
    await makeStore();
    const script = 'exec 9>"$0"; flock -x 9; echo in; exec sleep 1000';
    const holder = started.add(spawn('sh', ['-c', script, path.join(root.running, '.acquire.lock')]));
    await waitFor('the gate is held', () => holder.output === 'in\n');
    assert.equal((await onlyFinding('inside the gate')).text, `process ${holder.pid} (sleep)`);
    const { code, stderr } = await wlock(['run', '--path', 'a', '--', 'true']);
    assert.equal(code, 1);
    assert.ok(stderr.includes(`held for 5 s by process ${holder.pid} (sleep).`), stderr);
  });

  describe('finds', () => {
    it('what a process leaves that dies while it publishes, once it is old', async () => {
      await makeStore();
      const file = put('wlock-11111111-1111-4111-8111-111111111111.tmp', '{');
      assert.deepEqual(await findingsOf('leftovers'), [], 'a young one may be somebody at work');
      age(file);
      const { level, text } = await onlyFinding('leftovers');
      assert.equal(level, 'note');
      assert.ok(text.startsWith(file));
    });

    it('hold files that nobody holds and no lock names, but none of a living or recorded holder', async () => {
      const run = started.add(
        spawnWlock(['run', '--path', 'a', '--', 'sh', '-c', 'echo in; exec sleep 1000'], { cwd: root.path }),
      );
      await waitFor('the command runs', () => run.output === 'in\n');
      const alive = path.join(root.running, '.wlock', 'alive');
      const [living = ''] = fs.readdirSync(alive).filter((name) => !name.startsWith('.'));
      const free = put('.wlock/alive/22222222-2222-4222-8222-222222222222', '');
      for (const name of [path.join(alive, living), free]) age(name);
      const { text } = await onlyFinding('leftovers');
      assert.match(text, /^1 hold file.*22222222-/);
      assert.ok(!text.includes(living));
    });

    it('queue entries of little-loops that wait for the dead, for nobody, or are none', async () => {
      await makeStore();
      const queue = root.in('.loops', '.queue');
      fs.mkdirSync(queue);
      const entry = (name: string, context: object): void =>
        fs.writeFileSync(path.join(queue, name), JSON.stringify({ id: name, loopName: 'x', context }));
      entry('alive.json', { pid: livingPid() });
      entry('dead.json', { pid: 99_999_999 });
      entry('nobody.json', {});
      fs.writeFileSync(path.join(queue, 'broken.json'), '{');
      execFileSync('mkfifo', [path.join(queue, 'pipe.json')]);
      const seen = (await findingsOf('queue')).map(({ level, text }) => `${level} ${path.basename(text)}`).sort();
      assert.deepEqual(seen, [
        'note dead.json waits for process 99999999, which is gone',
        'problem broken.json is no queue entry',
        'problem nobody.json does not say which process waits, so it may block every queued loop for ever',
        'problem pipe.json is no queue entry',
      ]);
    });

    it('a deadlock, and a waiter that is stopped and passed over', async () => {
      const run = (...words: readonly string[]): StartedProgram =>
        started.add(spawnWlock(['run', '--wait', ...words], { cwd: root.path }));
      const inner = (scope: string): readonly string[] => [
        ...['sh', '-c', 'until [ -e go ]; do sleep 0.02; done; exec "$@"', 'sh'],
        ...[process.execPath, cliFile, 'run', '--wait', '--path', scope, '--', 'true'],
      ];
      run('--path', 'src', '--holder', 'left', '--', ...inner('docs'), '--holder', 'left part', '--', 'true');
      run('--path', 'docs', '--holder', 'right', '--', ...inner('src'), '--holder', 'right part', '--', 'true');
      await waitFor('both locks', () => root.records().length === 2);
      fs.writeFileSync(root.in('go'), '');
      const queue = path.join(root.running, '.wlock', 'queue');
      const inQueue = (suffix: string): number =>
        fs.existsSync(queue) ? fs.readdirSync(queue).filter((name) => name.endsWith(suffix)).length : 0;
      // The line in the journal comes last.
      const journal = path.join(root.running, '.wlock', 'journal.jsonl');
      const waited = (): number => fs.readFileSync(journal, 'utf8').split('"waited"').length - 1;
      await waitFor('both parts to wait', () => inQueue('.json') === 2 && waited() === 2);
      const deadlock = await onlyFinding('deadlock');
      assert.equal(deadlock.level, 'problem');
      assert.match(deadlock.text, /^Deadlock: .+ waits for src, which left holds/);

      const held = run('--path', 'lib', '--', 'sleep', '60');
      await waitFor('the third lock', () => root.records().length === 3);
      const stopped = run('--path', 'lib', '--holder', 'sleeper', '--', 'true');
      await waitFor('it to wait', () => inQueue('.json') === 3);
      run('--path', 'lib', '--holder', 'next', '--', 'sleep', '60');
      await waitFor('both to wait', () => inQueue('.json') === 4);
      stopped.kill('SIGSTOP');
      held.kill('SIGTERM');
      await waitFor('next to have passed it over', () => {
        // Its place goes after its lock has come.
        return inQueue('.idle') === 1 && inQueue('.json') === 3 && root.records().length === 3;
      });
      const waiter = await onlyFinding('waiter');
      assert.match(waiter.text, /^sleeper, for lib: .+ is stopped: others pass it over/);
    });

    it('an oversized journal, and one that is no file', async () => {
      await makeStore();
      const journal = put('.wlock/journal.jsonl', 'x\n'.repeat(1_500_000));
      assert.match((await onlyFinding('journal')).text, /has 3 MiB$/);
      fs.rmSync(journal);
      fs.mkdirSync(journal);
      assert.equal((await onlyFinding('journal')).level, 'problem');
    });

    it('a private folder that may not be changed', async () => {
      await makeStore();
      fs.chmodSync(root.running, 0o777);
      const closed = path.join(root.running, '.wlock');
      fs.chmodSync(closed, 0o555);
      const { stdout, code } = await runWlock(['doctor', '--json'], { cwd: root.path, asNobody: true });
      assert.equal(code, 1);
      const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
      const store = findings.filter(({ topic }) => topic === 'store');
      assert.deepEqual(
        store.map(({ level, text }) => [level, text.startsWith(`${closed} may not be changed`)]),
        [['problem', true]],
      );
    });

    it('a store that cannot be read, and still says everything else', async () => {
      fs.mkdirSync(root.in('.loops'));
      fs.writeFileSync(root.running, 'a file where the folder belongs');
      const findings = await diagnose();
      assert.ok(findings.some(({ topic, level }) => topic === 'locks' && level === 'problem'));
      assert.ok(findings.some(({ topic }) => topic === 'flock'));
    });

    it('locks that git would commit', async () => {
      execFileSync('git', ['init', '-q'], { cwd: root.path });
      await makeStore();
      assert.deepEqual(await findingsOf('git'), []);
      fs.rmSync(path.join(root.running, '.gitignore'));
      assert.match((await onlyFinding('git')).hint ?? '', /^echo '\*' > .*\.gitignore$/);
      fs.writeFileSync(root.in('.gitignore'), '.loops/\n');
      assert.deepEqual(await findingsOf('git'), [], 'ignored by the repository');
    });

    it('stale, malformed and unknown locks, each with its file, the reason and what to do', async () => {
      const stale = put('stale.lock', record());
      const malformed = put('malformed.lock', 'not JSON');
      const unknown = put('unknown.lock', record({ pid: -1 }));
      const findings = await diagnose();
      for (const [topic, file, level] of [
        ['stale lock', stale, 'note'],
        ['malformed lock', malformed, 'problem'],
        ['unknown lock', unknown, 'problem'],
      ] as const) {
        const finding = findings.find((candidate) => candidate.topic === topic);
        assert.equal(finding?.level, level, topic);
        assert.ok(finding.text.startsWith(`${file}: `), finding.text);
        assert.match(finding.hint ?? '', /wlock (reap|force-release) /);
      }
    });

    it('locks that their own tool cannot see', async () => {
      put('oracles/x.lock', record({ pid: livingPid() }));
      assert.match((await onlyFinding('unseen lock')).text, /oracles\/x\.lock lies in a sub-directory/);
    });

    it('a lock from the future', async () => {
      const started_at = new Date(Date.now() + 3_600_000).toISOString().replace('Z', '000+00:00');
      put('x.lock', record({ pid: livingPid(), started_at }));
      assert.match((await onlyFinding('clock')).text, /x\.lock was taken 59 min in the future$/);
    });

    it('a lock beyond its time, whose holder stands still', async () => {
      const expires_at = new Date(Date.now() - 600_000).toISOString();
      const id = '0b2ff8a3-43b1-4d2c-9a53-7b0d1a4f4c11';
      const pid = livingPid();
      put('wlock-x.lock', record({ pid, wlock: { version: 1, id, token: 1, expires_at } }));
      assert.match(
        (await onlyFinding('overdue lock')).text,
        new RegExp(`expired 10 min ago, but .* process ${pid}, has`),
      );
    });
  });

  describe('--prove', () => {
    interface Proof {
      readonly proven: boolean;
      readonly outcome: string;
      readonly because: string;
      readonly race?: { acquisitions: number; overlaps: number; kills: number; longestWaitMs: number };
      readonly control?: { overlaps: number };
    }

    async function prove(
      words: readonly string[],
      environment: NodeJS.ProcessEnv = {},
    ): Promise<Proof & { code: unknown }> {
      const options = { cwd: root.path, environment, boundMs: 60_000 };
      const { code, stdout, stderr } = await runWlock(['doctor', '--prove', ...words, '--json'], options);
      assert.equal(stderr, '');
      return { ...(JSON.parse(stdout) as Proof), code };
    }

    const proofFolders = (folder: string): readonly string[] =>
      fs.readdirSync(folder).filter((name) => name.startsWith('.wlock-proof-'));

    it('proves that locks hold here: no overlaps, some killed, and the control was caught', async () => {
      const { code, proven, race, control, because } = await prove(['--seconds', '2']);
      assert.deepEqual([code, proven], [0, true], because);
      assert.ok(race && control);
      assert.equal(race.overlaps, 0);
      assert.ok(race.kills >= 3, `${race.kills} kills`);
      assert.ok(race.acquisitions > 50, `${race.acquisitions} acquisitions`);
      assert.ok(control.overlaps > 0);
      assert.ok(race.longestWaitMs > 0);
      console.log(`      ${JSON.stringify({ race, control })}`);
      assert.deepEqual(fs.readdirSync(root.path), [], 'nothing is left, not even a store');
    });

    it('proves it on the portable flock provider too, in a named directory, with figures for people', async () => {
      fs.mkdirSync(root.in('there'));
      const words = ['doctor', '--prove', 'there', '--seconds', '2', '--processes', '3'];
      const environment = { WLOCK_FLOCK: 'portable' };
      const { code, stdout } = await runWlock(words, { cwd: root.path, environment, boundMs: 60_000 });
      assert.equal(code, 0, stdout);
      assert.match(
        stdout,
        /^.*there: .*flock by flock\(1\)\ncontrol .*\nwith locks: .* 0 overlaps, longest wait \d+ ms\nLocks hold here\./,
      );
      assert.deepEqual(fs.readdirSync(root.in('there')), []);
    });

    it('would tell broken locks: a flock that always says yes is caught', async () => {
      // Found before the real one, by the portable provider.
      const bin = root.in('bin');
      fs.mkdirSync(bin);
      fs.writeFileSync(path.join(bin, 'flock'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
      // Nor may it see the truth in /proc/locks: nothing is ever locked with this flock, so there is none.
      const environment = { WLOCK_FLOCK: 'portable', PATH: `${bin}:${process.env['PATH'] ?? ''}` };
      const { code, proven, outcome, because } = await prove([], environment);
      assert.deepEqual([code, proven, outcome], [1, false, 'broken']);
      assert.match(because, /Two processes locked one file at once/);
      assert.deepEqual(proofFolders(root.path), []);
    });

    it('says that locks are not taken where they are not', async () => {
      const { code, proven, outcome } = await prove([], { WLOCK_FLOCK: 'nothing' });
      assert.deepEqual([code, proven, outcome], [1, false, 'refused']);
    });

    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      it(`stopped by ${signal}, leaves no process and no folder`, async () => {
        const program = started.add(spawnWlock(['doctor', '--prove', '--seconds', '60'], { cwd: root.path }));
        const ledger = (): string => path.join(root.path, proofFolders(root.path)[0] ?? 'none', 'ledger');
        await waitFor(
          'the race runs',
          () => fs.existsSync(ledger()) && fs.readFileSync(ledger(), 'utf8').includes('killing'),
        );
        // One of them may have been killed just now.
        const workers = await waitFor('the workers run', () => {
          const children = childrenOf(program.pid);
          return children.length >= 4 && children;
        });
        program.kill(signal);
        assert.equal((await program.ended()).code, 1);
        assert.match(program.errors, /^wlock: The proof was stopped\.\n/);
        assert.deepEqual(workers.filter(isRunning), []);
        assert.deepEqual(fs.readdirSync(root.path), []);
      });
    }

    it('killed, leaves no process', async () => {
      const program = started.add(spawnWlock(['doctor', '--prove', '--seconds', '60'], { cwd: root.path }));
      const workers = await waitFor('the workers run', () => {
        const children = childrenOf(program.pid);
        return children.length >= 4 && children;
      });
      program.kill('SIGKILL');
      await waitFor('the workers have ended', () => !workers.some(isRunning));
    });

    it('refuses what makes no sense', async () => {
      const options = { cwd: root.path };
      await assertRefused(['doctor', '--prove', 'nowhere'], options, { exit: 2, code: 'root-not-found' });
      await assertRefused(['doctor', '--seconds', '3'], options, { exit: 2, code: 'usage' });
      for (const words of [
        ['--processes', '1'],
        ['--processes', 'x'],
        ['--seconds', '0'],
        ['--seconds', '-1'],
      ]) {
        assert.equal((await wlock(['doctor', '--prove', ...words])).code, 2, words.join(' '));
      }
      const readOnly = await runWlock(['doctor', '--prove', '/'], { cwd: root.path, asNobody: true });
      assert.equal(readOnly.code, 1);
      assert.match(readOnly.stderr, /No folder for the proof could be made in \//);
    });

    it('is not shown with its worker in the help', async () => {
      assert.doesNotMatch((await wlock(['--help'])).stdout, /prove-worker/);
    });
  });

  describe('The ledger of a proof', () => {
    const read = (...lines: readonly string[]): ReturnType<typeof readLedger> =>
      readLedger(`\n${lines.join('\n\n')}\n`);

    it('counts entries, refusals and the longest wait', () => {
      const found = read('start a 0', 'enter a 7', 'refused b 0', 'leave a 0', 'enter b 12', 'leave b 0');
      assert.deepEqual(found, { acquisitions: 2, refusals: 1, overlaps: 0, diedInside: 0, longestWaitMs: 12 });
    });

    it('sees who enters while another is inside', () => {
      assert.equal(read('enter a 0', 'enter b 0', 'leave b 0', 'leave a 0').overlaps, 1);
    });

    it('lets somebody enter after one who was killed inside, but not before', () => {
      const after = read('enter a 0', 'killing a 0', 'enter b 0', 'leave b 0');
      assert.deepEqual([after.overlaps, after.diedInside], [0, 1]);
      assert.equal(read('enter a 0', 'enter b 0', 'killing a 0', 'leave b 0').overlaps, 1);
    });

    it('sees a killed one who was alive after all', () => {
      assert.equal(read('enter a 0', 'killing a 0', 'enter b 0', 'leave a 0').overlaps, 1);
    });

    it('reads over what a killed writer left of a line', () => {
      assert.equal(readLedger('\nenter a 0\n\nlea\nleave a 0\n\nent').overlaps, 0);
    });
  });
});

function childrenOf(pid: number): readonly number[] {
  try {
    return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return []; // it has not begun, or has ended
  }
}

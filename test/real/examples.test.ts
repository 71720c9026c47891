/** The loops of examples/, each as a real process beside another holder. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { listJson } from './expectations.ts';
import { cliFile, pythonFile } from './programs.ts';
import { isRunning, Started, type StartedProgram } from './started.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { runWlock, spawnWlock } from './wlock.ts';

interface Example {
  readonly file: string;
  readonly interpreter: readonly string[];
  /** Held over all rounds, and not for each of them. */
  readonly isOneLock?: true;
}

const examples: readonly Example[] = [
  { file: 'loop.ts', interpreter: [process.execPath, `--import=${import.meta.resolve('tsx/esm')}`] },
  { file: 'loop.py', interpreter: [pythonFile()] },
  { file: 'loop.sh', interpreter: ['sh'] },
  { file: 'hold.sh', interpreter: ['sh'], isOneLock: true },
];

const fileOf = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));

describe('The examples', () => {
  let root: TemporaryRoot;
  let started: Started;
  let groups: number[];
  beforeEach(() => {
    root = new TemporaryRoot();
    started = new Started();
    groups = [];
    for (const folder of ['.git', 'src', 'bin']) fs.mkdirSync(root.in(folder));
    // What an installed package puts on the PATH.
    fs.writeFileSync(root.in('bin', 'wlock'), `#!/bin/sh\nexec '${process.execPath}' '${cliFile}' "$@"\n`, {
      mode: 0o755,
    });
  });
  afterEach(async () => {
    for (const group of groups) signalGroup(group, 'SIGKILL'); // what a shell that was killed has left behind
    await started.endAll();
    await waitFor('keepers have ended', async () => (await keepers()).every((pid) => !isRunning(pid)));
    root[Symbol.dispose]();
  });

  function signalGroup(group: number, signal: NodeJS.Signals): void {
    try {
      process.kill(-group, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  const holders = async (): Promise<readonly string[]> =>
    (await listJson(root.path)).locks.filter(({ verdict }) => verdict === 'live').map(({ holder }) => holder.name);
  const keepers = async (): Promise<readonly number[]> =>
    (await listJson(root.path)).locks.flatMap(({ holder }) => holder.pid ?? []);
  const written = (): readonly string[] => {
    const file = root.in('src', 'rounds.txt');
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  };
  const waiters = async (): Promise<number> =>
    (JSON.parse((await runWlock(['list', '--json'], { cwd: root.path })).stdout) as { waiters: unknown[] }).waiters
      .length;

  function start({ file, interpreter }: Example, rounds: number, seconds: number, waitSeconds = 60): StartedProgram {
    const [program = '', ...options] = interpreter;
    const { WLOCK_SESSION, WLOCK_ROOT, ...environment } = process.env;
    const words = [...options, fileOf(file), 'src', String(rounds), String(seconds), String(waitSeconds)];
    const searched = [root.in('bin'), process.env['PATH']].join(path.delimiter);
    // In a group of its own, as a shell starts its jobs.
    const child = spawn(program, words, { cwd: root.path, env: { ...environment, PATH: searched }, detached: true });
    groups.push(child.pid ?? assert.fail());
    return started.add(child);
  }

  /** Somebody else who holds `src` until the file `go` is there. */
  async function startOther(): Promise<void> {
    const words = [
      'run',
      '--path',
      'src',
      '--holder',
      'other',
      '--',
      'sh',
      '-c',
      'until [ -e go ]; do sleep 0.05; done',
    ];
    started.add(spawnWlock(words, { cwd: root.path }));
    await waitFor('the other holds', async () => (await holders()).includes('other'));
  }

  async function hasEnded(program: StartedProgram, code: number): Promise<void> {
    assert.deepEqual(await program.ended(20_000), { code, signal: undefined }, program.errors);
  }

  for (const example of examples) {
    describe(example.file, () => {
      it('writes round after round under its lock, and gives it back', async () => {
        const loop = start(example, 3, 0.3);
        await waitFor('the first round', () => loop.output.includes('round 1: writing'));
        assert.deepEqual(await holders(), [example.file]);
        await hasEnded(loop, 0);
        assert.deepEqual(written(), ['round 1', 'round 2', 'round 3']);
        assert.deepEqual(root.records(), []);
      });

      it('waits while another holds the folder, and goes on when that one is done', async () => {
        await startOther();
        const loop = start(example, 1, 0);
        await waitFor('it waits', async () => (await waiters()) === 1);
        assert.deepEqual([loop.output, await holders()], ['', ['other']]);
        fs.writeFileSync(root.in('go'), '');
        await hasEnded(loop, 0);
        assert.deepEqual(written(), ['round 1']);
      });

      it('gives up after its time, says who is in the way, and has written nothing', async () => {
        await startOther();
        const loop = start(example, 1, 0, 0.2);
        await hasEnded(loop, 4);
        assert.match(loop.errors, /other/);
        assert.deepEqual([loop.output, written(), await waiters()], ['', [], 0]);
      });

      it('lets others in between two rounds, in their turn', async () => {
        const loop = start(example, 2, 0.5);
        await waitFor('the first round', () => loop.output.includes('round 1: writing'));
        const words = ['run', '--path', 'src', '--wait', '20s', '--', 'sh', '-c', 'echo other >> src/rounds.txt'];
        const { code, stderr } = await runWlock(words, { cwd: root.path, boundMs: 30_000 });
        assert.equal(code, 0, stderr);
        await hasEnded(loop, 0);
        const inTurn = example.isOneLock ? ['round 1', 'round 2', 'other'] : ['round 1', 'other', 'round 2'];
        assert.deepEqual(written(), inTurn);
      });

      it('gives its lock back after SIGTERM, and begins no further round', async () => {
        const loop = start(example, 5, 1);
        await waitFor('the first round', () => loop.output.includes('round 1: writing'));
        loop.kill('SIGTERM');
        await hasEnded(loop, 143);
        assert.deepEqual(root.records(), []);
        assert.doesNotMatch(loop.output, /round 2/);
      });

      it('leaves the queue after SIGTERM to all of its group', async () => {
        await startOther();
        const loop = start(example, 1, 0);
        await waitFor('it waits', async () => (await waiters()) === 1);
        signalGroup(loop.pid, 'SIGTERM');
        await hasEnded(loop, 143);
        assert.deepEqual([await waiters(), await holders()], [0, ['other']]);
      });

      it('blocks nobody after kill -9, once what it has started is done', async () => {
        const loop = start(example, 1, 2);
        await waitFor('the first round', () => loop.output.includes('round 1: writing'));
        loop.kill('SIGKILL');
        const { code, stderr } = await runWlock(['run', '--path', 'src', '--wait', '10s', '--', 'true'], {
          cwd: root.path,
        });
        assert.equal(code, 0, stderr);
      });

      it('writes nothing, and ends with 5, where its lock was force-released', async () => {
        const loop = start(example, 1, 1);
        await waitFor('the first round', () => loop.output.includes('round 1: writing'));
        const [lock] = (await listJson(root.path)).locks;
        const forced = await runWlock(['force-release', lock?.id ?? '', '--yes'], { cwd: root.path });
        assert.equal(forced.code, 0, forced.stderr);
        await hasEnded(loop, 5);
        assert.deepEqual(written(), []);
      });
    });
  }
});

/** Colours help people at a terminal, and are never in what programs read. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { cliFile, pythonFile } from './programs.ts';
import { Started } from './started.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { runWlock } from './wlock.ts';

const live = '\u001b[32mlive\u001b[39m';
const escape = '\u001b';

describe('Colours', () => {
  let root: TemporaryRoot;
  let started: Started;

  beforeEach(() => {
    root = new TemporaryRoot();
    started = new Started();
    fs.mkdirSync(root.running, { recursive: true });
    for (const [name, pid] of [
      ['nightly', process.pid],
      ['daily', 99_999_999],
    ] as const) {
      const started_at = new Date().toISOString().replace('Z', '000+00:00');
      const record = { loop_name: name, scope: [root.in(name)], pid, started_at };
      fs.writeFileSync(path.join(root.running, `${name}.lock`), JSON.stringify(record));
    }
  });
  afterEach(async () => {
    await started.endAll();
    root[Symbol.dispose]();
  });

  /** What a shell's command line prints on a terminal; `wlock` is the real one. */
  async function onTerminal(line: string, environment: NodeJS.ProcessEnv = {}): Promise<string> {
    const { NO_COLOR, FORCE_COLOR, ...rest } = process.env;
    const script = `wlock() { "${process.execPath}" "${cliFile}" "$@"; }; ${line}`;
    const words = ['-c', 'import pty, sys; pty.spawn(sys.argv[1:])', 'sh', '-c', script];
    const env = { ...rest, TERM: 'xterm', ...environment };
    const program = started.add(spawn(pythonFile(), words, { cwd: root.path, env }));
    await program.ended();
    return program.output;
  }

  it('mark the verdicts at a terminal, and the columns stay in line', async () => {
    const output = await onTerminal('wlock list');
    assert.ok(output.includes(live), output);
    assert.ok(output.includes('\u001b[2mstale\u001b[22m'), output);
    const lines = stripVTControlCharacters(output).split('\r\n');
    const columnOf = (word: string): number => Math.max(...lines.map((line) => line.indexOf(word)));
    assert.deepEqual([columnOf('live'), columnOf('stale')], [columnOf('STATE'), columnOf('STATE')]);
  });

  it('mark what is locked, and the name before a complaint', async () => {
    assert.ok((await onTerminal('wlock check nightly free')).includes('\u001b[31mlocked\u001b[39m'));
    assert.ok((await onTerminal('wlock release nothing')).includes('\u001b[31mwlock:\u001b[39m There is no lock'));
  });

  for (const [what, environment] of [
    ['NO_COLOR', { NO_COLOR: '1' }],
    ['NO_COLOR, even with FORCE_COLOR,', { NO_COLOR: '1', FORCE_COLOR: '1' }],
    ['FORCE_COLOR=0', { FORCE_COLOR: '0' }],
    ['a dumb terminal', { TERM: 'dumb' }],
  ] as const) {
    it(`are not there with ${what} at a terminal`, async () => {
      const output = await onTerminal('wlock list; wlock release nothing', environment);
      assert.match(output, /live/);
      assert.ok(!output.includes(escape), output);
    });
  }

  it('are not in JSON, neither at a terminal nor where they are forced', async () => {
    const output = await onTerminal('wlock list --json; wlock release nothing --json', { FORCE_COLOR: '1' });
    assert.match(output, /"verdict":"live"/);
    assert.ok(!output.includes(escape), output);
  });

  it('are not in a pipe or a file, unless they are forced', async () => {
    const cwd = root.path;
    const unset = { NO_COLOR: '', FORCE_COLOR: '' };
    assert.ok(!(await runWlock(['list'], { cwd, environment: unset })).stdout.includes(escape));
    assert.ok((await runWlock(['list'], { cwd, environment: { ...unset, FORCE_COLOR: '1' } })).stdout.includes(live));
  });

  it('are looked at for each stream: a complaint in a file has none while the terminal has', async () => {
    const output = await onTerminal('wlock list; wlock release nothing 2> said');
    assert.ok(output.includes(live), output);
    assert.match(fs.readFileSync(root.in('said'), 'utf8'), /^wlock: There is no lock/);
  });
});

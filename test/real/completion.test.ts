/** `wlock completion` in real bash, zsh and fish: what somebody gets who presses Tab. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { shells } from '../../src/cli/completion/shells.ts';
import { findShells } from '../setup/shells.mjs';
import { onlyLockIn } from './expectations.ts';
import { openShell, shellEnvironment, writePrograms, type ShellOptions } from './shells.ts';
import { isRunning, Started } from './started.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { runWlock } from './wlock.ts';

const run = promisify(execFile);

/** Somebody's records: ids and names that a shell would run, and that break lists. */
const hostileName = '$(touch pwned-holder)';
const hostileId = '$(touch pwned-id)';
const brokenNames = ['two\nlines', 'a\ttab', 'red\u001b[31m', '`touch pwned-tick`', '-rf', '; touch pwned-too'];

describe('wlock completion', () => {
  let root: TemporaryRoot;
  let started: Started;
  let id: string;
  let keeper: number;
  let options: ShellOptions;

  /** A record of little-loops, by a process that lives. */
  function putRecord(name: string, loop: string, at = root): void {
    const record = {
      loop_name: loop,
      scope: [at.in('docs')],
      pid: process.pid,
      started_at: new Date().toISOString().replace('Z', '000+00:00'),
    };
    fs.writeFileSync(path.join(at.running, `${name}.lock`), JSON.stringify(record));
  }

  before(async () => {
    root = new TemporaryRoot();
    for (const folder of ['.git', 'home', 'src/api', 'docs']) fs.mkdirSync(root.in(folder), { recursive: true });
    fs.writeFileSync(root.in('src.txt'), '');
    options = { cwd: root.path, programs: root.in('programs'), home: root.in('home') };
    writePrograms(options.programs, ['wlock-tester']);
    const { code, stderr } = await runWlock(['acquire', '--path', 'src', '--holder', 'my loop', '--ttl', '10m'], {
      cwd: root.path,
      environment: { WLOCK_SESSION: 'mine' },
    });
    assert.equal(code, 0, stderr);
    const lock = await onlyLockIn(root.path);
    [id, keeper] = [lock.id, lock.holder.pid ?? -1];
    putRecord('plain', hostileName);
    putRecord(hostileId, 'plain');
    for (const [index, name] of brokenNames.entries()) putRecord(`broken-${index}`, name);
  });

  beforeEach(() => {
    started = new Started();
  });
  afterEach(async () => {
    await started.endAll();
    const ran = fs.readdirSync(root.path).filter((name) => name.startsWith('pwned'));
    assert.deepEqual(ran, [], 'something of a record was run');
  });
  after(async () => {
    await runWlock(['release', id], { cwd: root.path, environment: { WLOCK_SESSION: 'mine' } });
    await waitFor('the keeper has ended', () => !isRunning(keeper));
    root[Symbol.dispose]();
  });

  for (const shell of shells) {
    describe(`at a terminal with ${shell}`, () => {
      const cases: readonly (readonly [what: string, typed: string, words: () => readonly string[]])[] = [
        ['a command', 'wlock rel', () => ['wlock', 'release']],
        ['a command of a command', 'wlock guard uni', () => ['wlock', 'guard', 'uninstall']],
        ['an option', 'wlock list --cov', () => ['wlock', 'list', '--covering']],
        [
          'an option after the global ones',
          'wlock --root . renew --tt',
          () => ['wlock', '--root', '.', 'renew', '--ttl'],
        ],
        ['a declared choice', 'wlock list --verdict st', () => ['wlock', 'list', '--verdict', 'stale']],
        ['the id of a lock', 'wlock release ', () => ['wlock', 'release', id]],
        ['an id that would be a command', 'wlock force-release \\$', () => ['wlock', 'force-release', hostileId]],
        ['a holder with a space', 'wlock list --holder my', () => ['wlock', 'list', '--holder', 'my loop']],
        ['a holder behind =', 'wlock list --holder=my', () => ['wlock', 'list', '--holder=my loop']],
        ['a holder in quotes', "wlock list --holder 'my l", () => ['wlock', 'list', '--holder', 'my loop']],
        [
          'a holder that would be a command',
          'wlock list --holder \\$',
          () => ['wlock', 'list', '--holder', hostileName],
        ],
        ['the same in quotes', "wlock list --holder '$", () => ['wlock', 'list', '--holder', hostileName]],
        ['a path', 'wlock check src/ap', () => ['wlock', 'check', 'src/api/']],
        ['a path behind =', 'wlock check --path=src/ap', () => ['wlock', 'check', '--path=src/api/']],
        ['folders only', 'wlock doctor --prove sr', () => ['wlock', 'doctor', '--prove', 'src/']],
        [
          'the command of run',
          'wlock run --path docs -- wlock-te',
          () => ['wlock', 'run', '--path', 'docs', '--', 'wlock-tester'],
        ],
        ['the words of that command', 'wlock run -- ls src/ap', () => ['wlock', 'run', '--', 'ls', 'src/api/']],
      ];
      for (const [what, typed, words] of cases) {
        it(`completes ${what}`, async () => {
          await (await openShell(started, shell, options)).completes(typed, words());
        });
      }

      it('shows what there is to choose from, each with its description', async () => {
        const terminal = await openShell(started, shell, options);
        terminal.press('wlock re\t\t');
        for (const says of ['give locks back', 'delete locks whose']) await terminal.shows(says);
      });

      it('runs nothing of what has been typed', async () => {
        const terminal = await openShell(started, shell, options);
        terminal.press('wlock --root $(touch pwned-line) list --cov\t');
        await terminal.shows('--covering');
      });
    });
  }

  describe('at a terminal with zsh, found in a folder of $fpath', () => {
    it('completes from the first Tab on', async () => {
      const functions = root.in('functions');
      const loading = `fpath=('${functions}' $fpath); autoload -Uz compinit && compinit -u -D`;
      fs.mkdirSync(functions);
      const { stdout } = await runWlock(['completion', 'zsh'], { cwd: root.path });
      fs.writeFileSync(path.join(functions, '_wlock'), stdout);
      const terminal = await openShell(started, 'zsh', { ...options, loading });
      await terminal.completes('wlock guard uni', ['wlock', 'guard', 'uninstall']);
    });
  });

  describe('in bash, asked by a script', () => {
    /** Calls the function as bash does, and returns what it answers. */
    async function bash(line: string, { type = 9, before = '' } = {}): Promise<readonly string[]> {
      const words = line.split(' ');
      const script = `
        ${before}
        source <(wlock completion bash)
        line=$1; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE=$line; COMP_POINT=\${#line}; COMP_TYPE=${type}
        compopt() { :; } # bash has it only while it completes
        _wlock wlock "\${COMP_WORDS[COMP_CWORD]}" ''
        for each in "\${COMPREPLY[@]}"; do printf '%s\\0' "$each"; done`;
      const { stdout, stderr } = await run('bash', ['--norc', '-c', script, 'bash', line, ...words], {
        cwd: root.path,
        env: shellEnvironment(options),
      });
      assert.equal(stderr, '');
      return stdout.split('\0').slice(0, -1);
    }

    it('leaves out what no line can hold, and nothing of it breaks the list', async () => {
      assert.deepEqual(
        [...(await bash('wlock list --holder '))].sort(),
        [
          '\\$\\(touch\\ pwned-holder\\)',
          '-rf',
          '\\;\\ touch\\ pwned-too',
          '\\`touch\\ pwned-tick\\`',
          'my\\ loop',
          'plain',
        ].sort(),
      );
    });

    it('describes locks by their holders, escaped, where bash only lists', async () => {
      const listed = await bash('wlock force-release ', { type: 63 });
      assert.equal(listed.length, 3 + brokenNames.length);
      for (const line of listed) assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
      assert.ok(
        listed.some((line) => line.startsWith('broken-0  (two\\nlines: docs, live, ')),
        listed.join('\n'),
      );
      assert.ok(
        listed.some((line) => line.startsWith(`${id}  (my loop: src, live, `)),
        listed.join('\n'),
      );
    });

    it("completes the command of run by bash's own completions, where they are installed", async () => {
      const { bashCompletionFile } = await findShells();
      const before = `source ${bashCompletionFile}`;
      assert.deepEqual(await bash('wlock run --path src -- wlock-te', { before }), ['wlock-tester']);
      assert.deepEqual(await bash('wlock run --path=src -- wlock rea', { before }), ['reap']);
      assert.ok(
        (await bash('wlock run -- kill -s US', { before: `${before}; _completion_loader kill` })).includes('USR1'),
      );
    });
  });

  describe('in fish, asked by a script', () => {
    it('lists locks with their holders, escaped', async () => {
      const script = 'wlock completion fish | source; complete -C "wlock force-release "';
      const { stdout, stderr } = await run('fish', ['-c', script], { cwd: root.path, env: shellEnvironment(options) });
      assert.equal(stderr, '');
      const lines = stdout.split('\n').slice(0, -1);
      assert.equal(lines.length, 3 + brokenNames.length);
      assert.ok(
        lines.some((line) => line.startsWith('broken-2\tred\\u{1b}[31m: docs, live, ')),
        stdout,
      );
    });
  });

  describe('where locks cannot be read', () => {
    const ask = async (cwd: string, words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> => {
      const { code, stdout, stderr } = await runWlock(['complete-word', 'zsh', '--', ...words], { cwd, environment });
      assert.deepEqual([code, stderr], [0, '']);
      return stdout;
    };

    it('says nothing, whether there is no workspace, no such root, or a broken configuration', async () => {
      using broken = new TemporaryRoot();
      fs.writeFileSync(broken.in('.wlock.json'), '{');
      assert.equal(await ask('/', ['release', '']), 'words\n');
      assert.equal(await ask(broken.path, ['release', '']), 'words\n');
      assert.equal(await ask(root.path, ['--root', 'nowhere', 'release', '']), 'words\n');
    });

    it('completes commands and options there all the same, and prints its script', async () => {
      using broken = new TemporaryRoot();
      fs.writeFileSync(broken.in('.wlock.json'), '{');
      assert.match(await ask(broken.path, ['rel']), /^words\n(.*\n)*release:give locks back\n/);
      for (const shell of shells) {
        const { code, stdout, stderr } = await runWlock(['completion', shell], { cwd: broken.path });
        assert.deepEqual([code, stderr], [0, '']);
        assert.match(stdout, /complete-word/);
      }
    });

    it('creates and changes nothing', async () => {
      using fresh = new TemporaryRoot();
      fs.mkdirSync(fresh.in('.git'));
      assert.equal(await ask(fresh.path, ['release', '']), 'words\n');
      assert.deepEqual(fs.readdirSync(fresh.path, { recursive: true }), ['.git']);
    });

    it('answers with the first of too many locks', async () => {
      using crowded = new TemporaryRoot();
      fs.mkdirSync(crowded.running, { recursive: true });
      for (let n = 0; n < 600; n++) putRecord(`${n}`, `loop ${n}`, crowded);
      assert.equal((await ask(crowded.path, ['force-release', ''])).split('\n').length, 1 + 500 + 1);
    });

    it('gives up soon, and ends, where reading takes too long', async () => {
      // A reading that gives others a turn does not get its own back.
      const endless = 'globalThis.setImmediate = () => undefined; setInterval(() => undefined, 1_000);';
      const environment = { NODE_OPTIONS: `--import="data:text/javascript,${endless}"` };
      assert.equal(await ask(root.path, ['release', ''], environment), 'words\n');
    });
  });
});

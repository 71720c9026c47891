/** `wlock guard` in the hooks of a real git repository. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { cliFile } from './programs.ts';
import { Started, type StartedProgram } from './started.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { spawnWlock } from './wlock.ts';

interface Said {
  readonly code: number | null;
  readonly text: string;
  readonly out: string;
}

describe('wlock guard', () => {
  let root: TemporaryRoot;
  let started: Started;
  let bin: string;
  beforeEach(() => {
    root = new TemporaryRoot();
    started = new Started();
    bin = root.in('.bin');
    fs.mkdirSync(bin);
    fs.writeFileSync(path.join(bin, 'wlock'), `#!/bin/sh\nexec '${process.execPath}' '${cliFile}' "$@"\n`, {
      mode: 0o755,
    });
    git('init', '-q', '-b', 'main');
    for (const [key, value] of [
      ['user.name', 'Test'],
      ['user.email', 'test@example.com'],
    ] as const)
      git('config', key, value);
    fs.writeFileSync(root.in('.gitignore'), '.bin\n.home\n.loops\nother*\n');
    write('src/a.ts', 'a');
    write('docs/b.md', 'b');
    git('add', '-A');
    git('commit', '-q', '-m', 'first');
  });
  afterEach(async () => {
    await started.endAll();
    root[Symbol.dispose]();
  });

  const run = (command: string, words: readonly string[], more: NodeJS.ProcessEnv = {}, input = ''): Said => {
    const env = {
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      HOME: root.in('.home'),
      GIT_CONFIG_NOSYSTEM: '1',
      ...more,
    };
    const { status, stdout, stderr } = spawnSync(command, words, { cwd: root.path, env, input, encoding: 'utf8' });
    return { code: status, text: stdout + stderr, out: stdout };
  };
  const tryGit = (...words: readonly string[]): Said => run('git', words);
  const git = (...words: readonly string[]): string => {
    const said = tryGit(...words);
    assert.equal(said.code, 0, `git ${words.join(' ')}: ${said.text}`);
    return said.text;
  };
  const wlock = (...words: readonly string[]): Said => run('wlock', words);
  const write = (name: string, text: string): void => {
    fs.mkdirSync(path.dirname(root.in(name)), { recursive: true });
    fs.writeFileSync(root.in(name), text);
  };
  const commit = (): Said => {
    git('add', '-A');
    return tryGit('commit', '-q', '-m', 'change');
  };
  const hook = (name = 'pre-commit'): string => root.in('.git', 'hooks', name);

  async function hold(place: string, environment: NodeJS.ProcessEnv = {}): Promise<StartedProgram> {
    const words = ['run', '--path', place, '--holder', 'nightly', '--', 'sh', '-c', 'echo in; exec sleep 1000'];
    const program = started.add(spawnWlock(words, { cwd: root.path, environment }));
    await waitFor('it holds', () => program.output.includes('in'));
    return program;
  }

  it('refuses a commit that changes a locked file, with holder and file, and lets others pass', async () => {
    assert.match(wlock('guard', 'install').text, /^\S+pre-commit:\n\+ #!\/bin\/sh\n\+ # >>> wlock guard/m);
    const holder = await hold('src');
    write('docs/b.md', 'new');
    assert.equal(commit().code, 0);

    write('src/a.ts', 'new');
    write('docs/b.md', 'newer');
    const refused = commit();
    assert.notEqual(refused.code, 0);
    assert.match(refused.text, /1 of 2 changed files are locked by somebody else:\n {2}src\/a\.ts\n/);
    assert.match(refused.text, /src: nightly, for .+\n.*Held by a running process.*\n.*--no-verify/s);
    assert.equal(git('log', '--oneline').trim().split('\n').length, 2);

    assert.equal(tryGit('commit', '-q', '--no-verify', '-m', 'anyway').code, 0);
    holder.kill('SIGTERM');
    await holder.ended();
    write('src/a.ts', 'newest');
    assert.equal(commit().code, 0);
  });

  it('sees new, deleted and renamed files, by both names, and a lock of a dead holder in nobody’s way', async () => {
    wlock('guard', 'install');
    const holder = await hold('src');
    for (const change of [
      () => write('src/new.ts', ''),
      () => fs.rmSync(root.in('src/a.ts')),
      () => git('mv', 'src/a.ts', 'docs/a.ts'),
      () => git('mv', 'docs/b.md', 'src/b.md'),
    ]) {
      change();
      const refused = commit();
      assert.notEqual(refused.code, 0, refused.text);
      git('reset', '-q', '--hard');
      git('clean', '-qfd');
    }
    holder.kill('SIGKILL');
    await holder.ended();
    write('src/new.ts', '');
    assert.equal(commit().code, 0);
  });

  it('answers CI with JSON', async () => {
    await hold('src/a.ts');
    write('src/a.ts', 'new');
    git('add', '-A');
    const { code, out } = wlock('guard', '--json');
    const said = JSON.parse(out) as { locked: boolean; checked: number; files: { locks: unknown[] }[] };
    assert.deepEqual([code, said.locked, said.checked, said.files.length], [3, true, 1, 1]);
    assert.equal(said.files[0]?.locks.length, 1);
  });

  it('refuses a push that contains such a file, of a known branch and of a new one, and hands on what git says', async () => {
    run('git', ['init', '-q', '--bare', root.in('other.git')]);
    git('remote', 'add', 'origin', root.in('other.git'));
    fs.mkdirSync(path.dirname(hook()), { recursive: true });
    fs.writeFileSync(hook('pre-push'), `#!/bin/sh\ncat > '${root.in('other-refs')}'\n`, { mode: 0o755 });
    git('push', '-q', 'origin', 'main');
    wlock('guard', 'install', '--hook', 'pre-push');

    await hold('src');
    write('docs/b.md', 'new');
    commit();
    assert.equal(tryGit('push', '-q', 'origin', 'main').code, 0);
    assert.match(
      fs.readFileSync(root.in('other-refs'), 'utf8'),
      /^refs\/heads\/main [0-9a-f]{40} /,
      'the hook beside it',
    );
    write('src/a.ts', 'new');
    commit();
    for (const branch of ['main', 'main:topic']) {
      const refused = tryGit('push', '-q', 'origin', branch);
      assert.notEqual(refused.code, 0, branch);
      assert.match(refused.text, /1 of 1 changed files .*src\/a\.ts.*git push --no-verify/s);
    }
    assert.equal(tryGit('push', '-q', 'origin', 'HEAD~1:refs/heads/fine').code, 0, 'nothing new, nothing locked');
    assert.equal(tryGit('push', '-q', 'origin', ':fine').code, 0, 'a branch that is deleted');
  });

  it('sees in a push what a merge itself changes, and not what came with the other side', async () => {
    run('git', ['init', '-q', '--bare', root.in('other.git')]);
    git('remote', 'add', 'origin', root.in('other.git'));
    git('push', '-q', 'origin', 'main');
    // Somebody else has pushed a change of the locked file.
    write('src/a.ts', 'theirs');
    commit();
    git('push', '-q', 'origin', 'main');
    git('checkout', '-q', '-b', 'work', 'HEAD~1');
    write('docs/b.md', 'mine');
    commit();
    wlock('guard', 'install', '--hook', 'pre-push');
    await hold('src');

    git('merge', '-q', '-m', 'merge', 'main');
    assert.equal(tryGit('push', '-q', '--dry-run', 'origin', 'work:main').code, 0, 'it keeps their change');
    assert.equal(tryGit('push', '-q', '--dry-run', 'origin', 'work:new').code, 0, 'on a new branch too');

    write('src/a.ts', 'neither side’s');
    git('add', '-A');
    git('commit', '-q', '--amend', '--no-edit');
    for (const branch of ['work:main', 'work:new']) {
      const refused = tryGit('push', '-q', 'origin', branch);
      assert.notEqual(refused.code, 0, branch);
      assert.match(refused.text, /files are locked by somebody else:\n {2}src\/a\.ts\n/);
    }
    git('reset', '-q', '--hard', 'HEAD~1');
    git('merge', '-q', '-s', 'ours', '-m', 'drop theirs', 'main');
    assert.match(tryGit('push', '-q', 'origin', 'work:main').text, /locked by somebody else:\n {2}src\/a\.ts\n/);
  });

  it('stands before the commit of a merge, which git makes without pre-commit', async () => {
    wlock('guard', 'install', '--hook', 'pre-merge-commit');
    git('checkout', '-q', '-b', 'work');
    write('src/a.ts', 'new');
    commit();
    git('checkout', '-q', 'main');
    write('docs/b.md', 'new');
    commit();
    await hold('src');
    const refused = tryGit('merge', '-q', '-m', 'merge', 'work');
    assert.notEqual(refused.code, 0, refused.text);
    assert.match(refused.text, /1 of 1 changed files are locked by somebody else:\n {2}src\/a\.ts\n/);
  });

  it('asks the workspaces around the repository too, and takes a lock in one for its own', async () => {
    wlock('guard', 'install');
    const sub = root.in('src', 'sub');
    run('git', ['init', '-q', sub]);
    fs.writeFileSync(path.join(sub, 'a.ts'), 'a');
    run('git', ['-C', sub, 'add', '-A']);
    const guard = (more: NodeJS.ProcessEnv = {}): Said =>
      run('sh', ['-c', `cd '${sub}' && exec wlock guard --json`], more);
    assert.equal(guard().code, 0);
    await hold('src', { WLOCK_SESSION: 'mine' });
    const said = guard();
    const { files } = JSON.parse(said.out) as { files: { scope: { path: string } }[] };
    assert.deepEqual([said.code, files.map(({ scope }) => scope.path)], [3, [path.join(sub, 'a.ts')]]);
    assert.equal(guard({ WLOCK_SESSION: 'mine' }).code, 0);

    fs.writeFileSync(root.in('.wlock.json'), '{"lopsDir": 5}');
    const unread = guard();
    fs.rmSync(root.in('.wlock.json'));
    assert.equal(unread.code, 0);
    assert.match(unread.text, /wlock guard: the workspace \S+ was not asked: .*\.wlock\.json cannot be used/);
  });

  it('judges a link by where it stands itself, not by what it leads to', async () => {
    wlock('guard', 'install');
    await hold('src');
    fs.symlinkSync('../src/a.ts', root.in('docs', 'link'));
    assert.equal(commit().code, 0);
    fs.symlinkSync('../docs/b.md', root.in('src', 'link'));
    assert.match(commit().text, /1 of 1 changed files are locked by somebody else:\n {2}src\/link\n/);
  });

  it('leaves a hook alone that somebody has switched off, and takes itself out of one without switching it on', () => {
    fs.mkdirSync(path.dirname(hook()), { recursive: true });
    fs.writeFileSync(hook(), '#!/bin/sh\ntrue\n', { mode: 0o644 });
    const refused = wlock('guard', 'install');
    assert.deepEqual(
      [refused.code, /is not executable, so git ignores it/.test(refused.text)],
      [1, true],
      refused.text,
    );
    assert.equal(fs.readFileSync(hook(), 'utf8'), '#!/bin/sh\ntrue\n');
    assert.equal(fs.statSync(hook()).mode & 0o777, 0o644);

    fs.chmodSync(hook(), 0o700);
    wlock('guard', 'install');
    assert.equal(fs.statSync(hook()).mode & 0o777, 0o700);
    fs.chmodSync(hook(), 0o600);
    assert.equal(wlock('guard', 'uninstall').code, 0);
    assert.equal(fs.readFileSync(hook(), 'utf8'), '#!/bin/sh\ntrue\n');
    assert.equal(fs.statSync(hook()).mode & 0o777, 0o600);
  });

  it('refuses a bare repository, in which nobody commits', () => {
    const bare = root.in('other.git');
    run('git', ['init', '-q', '--bare', bare]);
    const refused = run('sh', ['-c', `cd '${bare}' && exec wlock guard install`]);
    assert.deepEqual([refused.code, /is bare/.test(refused.text)], [1, true], refused.text);
    assert.ok(!fs.existsSync(path.join(bare, 'hooks', 'pre-commit')));
  });

  it('stands beside what a hook does already, is not put in twice, and goes without a trace', () => {
    const theirs = '#!/usr/bin/env bash\nset -e\nexec true\n';
    fs.mkdirSync(path.dirname(hook()), { recursive: true });
    fs.writeFileSync(hook(), theirs, { mode: 0o755 });
    wlock('guard', 'install');
    const once = fs.readFileSync(hook(), 'utf8');
    assert.match(once, /^#!\/usr\/bin\/env bash\n# >>> wlock guard.*\n# <<< wlock guard\nset -e\nexec true\n$/s);
    assert.match(wlock('guard', 'install').text, /^Nothing to change/);
    assert.equal(fs.readFileSync(hook(), 'utf8'), once);
    wlock('guard', 'uninstall');
    assert.equal(fs.readFileSync(hook(), 'utf8'), theirs);

    fs.rmSync(hook());
    wlock('guard', 'install');
    wlock('guard', 'uninstall');
    assert.ok(!fs.existsSync(hook()), 'a file that was ours alone');
    assert.match(wlock('guard', 'uninstall').text, /^Nothing to change/);
  });

  it('leaves a hook alone that is no shell script', () => {
    const theirs = '#!/usr/bin/env python3\nprint(1)\n';
    fs.mkdirSync(path.dirname(hook()), { recursive: true });
    fs.writeFileSync(hook(), theirs, { mode: 0o755 });
    const refused = wlock('guard', 'install');
    assert.deepEqual([refused.code, /is no shell script/.test(refused.text)], [1, true]);
    assert.equal(fs.readFileSync(hook(), 'utf8'), theirs);
  });

  it('puts it where the repository keeps its hooks', () => {
    git('config', 'core.hooksPath', 'other-hooks');
    wlock('guard', 'install');
    assert.ok(fs.existsSync(root.in('other-hooks', 'pre-commit')));
    assert.ok(!fs.existsSync(hook()));
  });

  it('warns in one line and lets pass where wlock is not to be found', async () => {
    wlock('guard', 'install');
    await hold('src');
    write('src/a.ts', 'new');
    git('add', '-A');
    fs.rmSync(path.join(bin, 'wlock'));
    const said = tryGit('commit', '-q', '-m', 'change');
    assert.equal(said.code, 0, said.text);
    assert.equal(said.text, 'wlock guard: wlock is not on the PATH, so locks are not checked\n');
  });

  it('prints what other managers of hooks want, and refuses others', () => {
    for (const [manager, says] of [
      ['husky', /^# \.husky\/pre-commit\nwlock guard\n$/],
      ['lefthook', /^# lefthook\.yml\npre-commit:\n {2}commands:/],
      ['pre-commit', /^# \.pre-commit-config\.yaml\nrepos:/],
    ] as const) {
      assert.match(wlock('guard', 'snippet', manager).out, says);
    }
    assert.equal(wlock('guard', 'snippet', 'cron').code, 2);
  });

  it('says so outside of a repository', () => {
    fs.rmSync(root.in('.git'), { recursive: true });
    const said = wlock('guard');
    assert.deepEqual([said.code, /inside a git repository/.test(said.text)], [2, true], said.text);
  });
});

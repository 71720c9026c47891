/** `wlock run --confine`: a command that cannot write where it holds no lock, tried as such a command would. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { descendantsOf } from '../../src/os/processes.ts';
import { listJson, onlyLockIn } from './expectations.ts';
import { isRunning, Started, type StartedProgram } from './started.ts';
import { removeFolder } from '../setup/removeFolder.mjs';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { runWlock, spawnWlock, type WlockResult } from './wlock.ts';

describe('wlock run --confine', () => {
  let root: TemporaryRoot;
  let started: Started;

  beforeEach(() => {
    root = new TemporaryRoot();
    started = new Started();
    for (const folder of ['src/api', 'src/ui', '.git/hooks']) fs.mkdirSync(root.in(folder), { recursive: true });
    fs.writeFileSync(root.in('src/api/routes.ts'), 'routes');
    fs.writeFileSync(root.in('src/ui/shelf.ts'), 'shelf');
  });
  afterEach(async () => {
    await started.endAll();
    root[Symbol.dispose]();
  });

  const wlock = (words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<WlockResult> =>
    runWlock(words, { cwd: root.path, environment });
  const confined = (scope: string, script: string, ...more: readonly string[]): Promise<WlockResult> =>
    wlock(['run', '--confine', '--path', scope, ...more, '--', 'sh', '-c', script]);
  function startConfined(scope: string, script: string): StartedProgram {
    const words = ['run', '--confine', '--path', scope, '--', 'bash', '-c', script];
    return started.add(spawnWlock(words, { cwd: root.path }));
  }

  it('lets it write what it holds, and in temporary folders of its own', async () => {
    const script =
      'echo a > src/api/new.ts && mkdir src/api/deep && mv src/api/new.ts src/api/deep && rm src/api/routes.ts &&' +
      ' for d in /tmp /var/tmp /dev/shm "$TMPDIR"; do echo x > "$d/wlock-try"; done && cat /tmp/wlock-try';
    const { code, stdout, stderr } = await confined('src/api', script);
    assert.deepEqual([code, stdout, stderr], [0, 'x\n', '']);
    assert.deepEqual(fs.readdirSync(root.in('src/api'), { recursive: true }).sort(), ['deep', 'deep/new.ts']);
    assert.equal(fs.existsSync('/tmp/wlock-try'), false);
  });

  it('passes the exit code on, the variables, and the streams', async () => {
    assert.equal((await confined('src/api', 'exit 42')).code, 42);
    assert.equal((await confined('src/api', 'kill -KILL $$')).code, 137);
    assert.match((await confined('src/api', 'echo "$WLOCK_ID $PWD"')).stdout, /^\S+ \S+\n$/);
    assert.deepEqual(root.records(), []);
  });

  /** Each tries to change something outside of `src/api`; `$OUT` is a folder outside of the workspace. */
  const ways: readonly (readonly [string, string])[] = [
    ['by a file beside the scope', 'echo evil > src/ui/shelf.ts'],
    ['by a new file in the root', 'echo evil > evil.txt'],
    ['by a file outside of the workspace', 'echo evil > "$OUT/kept"'],
    ['by a symbolic link out of the scope', 'ln -s ../ui/shelf.ts src/api/link; echo evil > src/api/link'],
    ['by a symbolic link that was there', 'echo evil > src/api/old-link'],
    ['by a hard link made into the scope', 'ln src/ui/shelf.ts src/api/hard && echo evil > src/api/hard'],
    ['by renaming something in', 'mv src/ui src/api/'],
    ['by renaming something out', 'mv src/api/routes.ts src/ui/shelf.ts'],
    ['by renaming its scope', 'mv src/api src/ui/api'],
    ['by deleting', 'rm -rf src/ui "$OUT"'],
    ['by a mode, an owner or a time', 'chmod 777 src/ui/shelf.ts; chown 1 "$OUT"; touch -d 2001-01-01 src/ui/shelf.ts'],
    ['by a hook of git', 'echo evil > .git/hooks/pre-commit'],
    ['by undoing the locks', 'rm -rf .loops; mv .loops gone; echo evil > .loops/.running/evil.lock'],
    ['through another process', 'for p in /proc/[0-9]*; do echo evil > "$p/root$OUT/kept"; done'],
    ['through the settings of the kernel', 'echo evil > /proc/sys/kernel/core_pattern'],
    ['by mounting again', 'mount -o remount,rw,bind /; mount -o remount,rw /; echo evil > "$OUT/kept"'],
    [
      'by namespaces of its own',
      'unshare -rm sh -c \'mount -o remount,rw,bind /; umount -l /; echo evil > "$OUT/kept"; echo evil > src/ui/shelf.ts\'',
    ],
    ['by entering others', 'nsenter --target 1 --mount sh -c "echo evil > $OUT/kept"; kill -KILL -1'],
    [
      'by the program that confines it',
      'chmod 777 /proc/1/exe; touch -d 2001-01-01 /proc/1/exe; echo evil > /proc/1/exe',
    ],
    ['by a device', 'mknod src/api/disk b 254 0 && echo evil > src/api/disk; echo evil > /dev/vda'],
    [
      'from a script written in its scope',
      'echo "echo evil > src/ui/shelf.ts" > src/api/s && chmod +x src/api/s && src/api/s',
    ],
    ['by the command line of wlock', '"$NODE" "$WLOCK" force-release "$WLOCK_ID" --yes'],
  ];
  for (const [name, script] of ways) {
    it(`does not let it change anything outside ${name}`, async () => {
      using outside = new TemporaryRoot();
      fs.writeFileSync(outside.in('kept'), 'kept');
      fs.symlinkSync(outside.in('kept'), root.in('src/api/old-link'));
      const before = pictureOf(root, outside);
      const cli = path.resolve('dist/cli.cjs');
      const environment = { OUT: outside.path, NODE: process.execPath, WLOCK: cli };
      // The shell's own exit code says that it was tried, and that the lock still stood while it was.
      const words = ['run', '--confine', '--path', 'src/api', '--', 'sh', '-c', `${script}\nexit 9`];
      const { code, stderr } = await wlock(words, environment);
      assert.ok(code === 9 || /kill/.test(script), `exit code ${code}: ${stderr}`);
      assert.notEqual(stderr, '', 'it was refused aloud');
      assert.deepEqual(pictureOf(root, outside), before);
      assert.equal(fs.readFileSync('/proc/sys/kernel/core_pattern', 'utf8').includes('evil'), false);
      assert.deepEqual(root.records(), []);
    });
  }

  it('gets no way out by what it inherits: the file that is its input, open folders, the lock itself', () => {
    using outside = new TemporaryRoot();
    fs.writeFileSync(outside.in('prompt'), 'prompt');
    const tries = [
      'cat; echo evil > /proc/self/fd/0',
      'for n in 3 5 9 12 20 33; do echo evil > /proc/self/fd/$n; echo evil > /proc/self/fd/$n/evil; flock -u $n; done',
    ].join('; ');
    const cli = path.resolve('dist/cli.cjs');
    const line =
      'exec 9< "$OUT" 12< "$OUT" 20< "$OUT" 33< "$OUT/prompt"; exec "$NODE" "$CLI" run --confine --path src/api -- ' +
      `sh -c '${tries}; "$NODE" "$CLI" list --json' < "$OUT/prompt"`;
    const env = { ...process.env, OUT: outside.path, NODE: process.execPath, CLI: cli };
    const said = execFileSync('bash', ['-c', line], { cwd: root.path, env, encoding: 'utf8', stdio: 'pipe' });
    assert.match(said, /^prompt/, 'it can read its input');
    assert.equal(fs.readFileSync(outside.in('prompt'), 'utf8'), 'prompt');
    assert.deepEqual(fs.readdirSync(outside.path), ['prompt']);
    assert.equal(
      (JSON.parse(said.slice('prompt'.length)) as { locks: { verdict: string }[] }).locks[0]?.verdict,
      'live',
    );
    const folder = execFileSync(
      'bash',
      ['-c', '"$NODE" "$CLI" run --confine --path src/api -- true < "$OUT" 2>&1 || echo "code $?"'],
      { cwd: root.path, env, encoding: 'utf8' },
    );
    assert.match(folder, /The standard input is a directory.*code 1/s);
  });

  it('does not follow a link that the holder before it has put in its way', async () => {
    using outside = new TemporaryRoot();
    const move = `mv src/api src/old; ln -s ${outside.path} src/api; mv src/ui src/old-ui; ln -s ${outside.path} src/ui`;
    const first = startConfined('src', `echo in; read go < src/go; ${move}`);
    fs.writeFileSync(root.in('src/go'), '');
    fs.rmSync(root.in('src/go'));
    execFileSync('mkfifo', [root.in('src/go')]);
    await waitFor('the holder', () => first.output === 'in\n');
    const waiting = ['src/api', 'docs'].map((scope) => {
      fs.mkdirSync(root.in(scope), { recursive: true });
      const more = scope === 'docs' ? ['--path', 'src/api/deep', '--writable', 'src/ui'] : [];
      fs.mkdirSync(root.in('src/api/deep'), { recursive: true });
      return wlock(['run', '--confine', '--wait', '20s', '--path', scope, ...more, '--', 'touch', outside.in('evil')]);
    });
    await waitFor('both wait', async () => (await listJson(root.path)).waiters.length === 2);
    fs.writeFileSync(root.in('src/go'), 'go\n');
    for (const { code, stderr } of await Promise.all(waiting)) {
      assert.equal(code, 1);
      assert.match(stderr, /leads to .* by a symbolic link that was not there before|is not there/);
    }
    assert.deepEqual(fs.readdirSync(outside.path), []);
    assert.deepEqual(root.records(), []);
  });

  it('is ended at once where the lock is lost before it has begun', async () => {
    using programs = new TemporaryRoot();
    const slowly =
      '#!/bin/sh\ncase "$*" in *--info-fd*) echo >&2 starting; sleep 0.5;; esac; exec /usr/bin/bwrap "$@"\n';
    fs.writeFileSync(programs.in('bwrap'), slowly, { mode: 0o755 });
    const environment = { PATH: `${programs.path}:${process.env['PATH'] ?? ''}` };
    const words = [
      'run',
      '--confine',
      '--path',
      'src/api',
      '--',
      'sh',
      '-c',
      'echo evil > src/api/evil; exec sleep 1000',
    ];
    const program = started.add(spawnWlock(words, { cwd: root.path, environment }));
    await waitFor('its start', () => program.errors.includes('starting'));
    for (const file of root.records()) fs.rmSync(path.join(root.running, file));
    assert.equal((await program.ended()).code, 5);
    assert.equal(fs.existsSync(root.in('src/api/evil')), false);
  });

  it('cannot write on what is mounted outside while it runs', () => {
    using outside = new TemporaryRoot();
    const cli = path.resolve('dist/cli.cjs');
    const confinedLine = `"$NODE" "$CLI" run --confine --path src/api -- bash -c 'echo in > src/api/in; read go < src/api/go; touch "$OUT/evil"; echo "code $?"'`;
    const line = `mount --make-rshared / && mkfifo src/api/go && (${confinedLine} &) && until [ -e src/api/in ]; do sleep 0.05; done; mount -t tmpfs none "$OUT" && echo go > src/api/go; sleep 0.5; ls "$OUT"`;
    const env = { ...process.env, OUT: outside.path, NODE: process.execPath, CLI: cli };
    const said = execFileSync('unshare', ['--mount', '--propagation', 'private', 'bash', '-c', `${line} 2>&1`], {
      cwd: root.path,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    assert.equal(said, 'code 1\n');
  });

  it('shelters what says where the locks are, and the directory that a .git file names', async () => {
    fs.writeFileSync(root.in('.wlock.json'), '{}');
    removeFolder(root.in('.git'));
    fs.mkdirSync(root.in('repository/hooks'), { recursive: true });
    fs.writeFileSync(root.in('.git'), 'gitdir: ./repository\n');
    const script =
      'echo evil > .wlock.json; mv .wlock.json x; echo evil > repository/hooks/x; echo evil > .git; exit 9';
    assert.equal((await confined('.', script)).code, 9);
    assert.equal(fs.readFileSync(root.in('.wlock.json'), 'utf8'), '{}');
    assert.deepEqual(fs.readdirSync(root.in('repository/hooks')), []);
    fs.rmSync(root.in('.git'));
    fs.symlinkSync('repository', root.in('.git'));
    const linked = await confined('.', 'true');
    assert.equal(linked.code, 1);
    assert.match(linked.stderr, /\.git" is a symbolic link, which cannot be kept from being replaced/);
    assert.equal((await confined('.', 'true', '--writable', '.git')).code, 0);
  });

  it('is refused where --writable is empty, as by a variable that is not set', async () => {
    const { code, stderr } = await confined('src/api', 'true', '--writable', '');
    assert.deepEqual([code, /--writable is empty/.test(stderr)], [2, true]);
  });

  it('leaves no shared memory behind', async () => {
    const { stdout } = await confined('src/api', 'ipcmk -M 100');
    assert.match(stdout, /\d/);
    const key = /id: (\d+)/.exec(stdout)?.[1] ?? 'none';
    assert.equal(execFileSync('ipcs', ['-m'], { encoding: 'utf8' }).split(/\s+/).includes(key), false);
  });

  it('runs a program of the temporary folder, by a link too, beside what it needs', async () => {
    using tools = new TemporaryRoot();
    fs.writeFileSync(tools.in('library.sh'), 'echo library');
    fs.writeFileSync(tools.in('agent.sh'), '#!/bin/sh\n. "$(dirname "$(readlink -f "$0")")/library.sh"\n', {
      mode: 0o755,
    });
    using links = new TemporaryRoot();
    fs.symlinkSync(tools.in('agent.sh'), links.in('agent'));
    for (const program of [tools.in('agent.sh'), links.in('agent')]) {
      const { stdout, stderr } = await wlock(['run', '--confine', '--path', 'src/api', '--', program]);
      assert.equal(stdout, 'library\n', stderr);
    }
  });

  it('shelters .git and the locks in a scope that has them, and no folder around them can be moved away', async () => {
    fs.mkdirSync(root.in('packages/shop/.git/hooks'), { recursive: true });
    const script =
      'echo ok > made; for f in .git packages/shop/.git; do echo evil > $f/hooks/x; mv $f gone; rm -rf $f; done;' +
      ' mv packages elsewhere; mv packages/shop packages/other; mv .loops gone; rm -rf .loops; echo x > .loops/.running/x';
    const { code } = await confined('.', `${script}; exit 9`);
    assert.equal(code, 9, 'the lock stood to the end');
    assert.equal(fs.readFileSync(root.in('made'), 'utf8'), 'ok\n');
    for (const folder of ['.git', 'packages/shop/.git']) {
      assert.deepEqual(fs.readdirSync(root.in(folder, 'hooks')), [], folder);
    }
    const left = fs.readdirSync(root.path).filter((name) => name !== 'gone'); // mv makes a copy where it cannot rename
    assert.deepEqual(left.sort(), ['.git', '.loops', 'made', 'packages', 'src']);
  });

  it('lets it write what --writable names, .git too', async () => {
    const { code, stderr } = await confined('.', 'echo x > .git/hooks/x && echo y > src/ui/y', '--writable', '.git');
    assert.deepEqual([code, stderr], [0, '']);
    assert.deepEqual(fs.readdirSync(root.in('.git/hooks')), ['x']);
    const nowhere = await wlock(['run', '--path', 'src', '--writable', '.git', '--', 'true']);
    assert.equal(nowhere.code, 2);
    assert.match(nowhere.stderr, /--writable means nothing without --confine/);
  });

  it('refuses a scope with a file that has another name outside, and names it', async () => {
    fs.linkSync(root.in('src/ui/shelf.ts'), root.in('src/api/twin.ts'));
    const refused = await confined('src/api', 'echo evil > src/api/twin.ts');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /src\/api\/twin\.ts" has another name outside of the scope \(a hard link\)/);
    assert.equal(fs.readFileSync(root.in('src/ui/shelf.ts'), 'utf8'), 'shelf');
    assert.deepEqual(root.records(), [], 'nothing was locked');
    assert.equal((await confined('src', 'true')).code, 0, 'both names are in the scope');
    assert.equal((await confined('src/api', 'true', '--writable', 'src/api/twin.ts')).code, 0, 'somebody allows it');
  });

  it('refuses what it could not hold to: a pattern, a name alone, a path that is not there', async () => {
    const refused = async (...scope: readonly string[]): Promise<string> => {
      const { code, stderr } = await wlock(['run', '--confine', ...scope, '--', 'touch', 'ran']);
      assert.equal(code, 1, stderr);
      return stderr;
    };
    assert.match(await refused('--glob', 'src/*.ts'), /cannot be confined: which files it means changes/);
    assert.match(await refused('--name', 'session'), /The scope has only names/);
    assert.match(await refused('--path', 'src/new'), /is not there: only what exists when the command starts/);
    assert.equal(fs.existsSync(root.in('ran')), false);
    assert.deepEqual(root.records(), []);
    assert.equal((await wlock(['run', '--confine', '--glob', 'src/**', '--', 'touch', 'src/in'])).code, 0);
  });

  it('without bubblewrap is refused in one sentence before anything is locked', async () => {
    using empty = new TemporaryRoot();
    const { code, stderr } = await wlock(['run', '--confine', '--path', 'src', '--', process.execPath, '-e', '0'], {
      PATH: empty.path,
    });
    assert.equal(code, 1);
    assert.match(stderr, /bwrap could not be started\.\n +Install the package bubblewrap/);
    assert.equal(fs.existsSync(root.in('.loops')), false);
  });

  it('where namespaces are forbidden is refused with what bubblewrap says', async () => {
    using folder = new TemporaryRoot();
    fs.writeFileSync(
      folder.in('bwrap'),
      '#!/bin/sh\necho "bwrap: No permissions to create new namespace" >&2\nexit 1\n',
    );
    fs.chmodSync(folder.in('bwrap'), 0o755);
    const { code, stderr } = await wlock(['run', '--confine', '--path', 'src', '--', 'true'], {
      PATH: `${folder.path}:${process.env['PATH'] ?? ''}`,
    });
    assert.equal(code, 1);
    assert.match(stderr, /cannot confine a command here \(bwrap: No permissions to create new namespace\)/);
    assert.deepEqual(root.records(), []);
  });

  it('passes signals on to the command, which may end in its own way', async () => {
    for (const [signal, name] of [
      ['SIGTERM', 'TERM'],
      ['SIGINT', 'INT'],
      ['SIGHUP', 'HUP'],
    ] as const) {
      const script = `trap "echo bye > src/api/${name}; exit 9" ${name}; echo in; while :; do sleep 0.05; done`;
      const program = startConfined('src/api', script);
      await waitFor('the command runs', () => program.output === 'in\n');
      program.kill(signal);
      assert.equal((await program.ended()).code, 9);
      assert.equal(fs.existsSync(root.in('src/api', name)), true);
      assert.deepEqual(root.records(), []);
    }
  });

  it('a command that takes no care of a signal dies of it', async () => {
    const program = startConfined('src/api', 'echo in; exec sleep 1000');
    await waitFor('the command runs', () => program.output === 'in\n');
    program.kill('SIGTERM');
    assert.equal((await program.ended()).code, 128 + os.constants.signals.SIGTERM);
  });

  it('ends everything that the command has started with it, daemons too, before the lock is free', async () => {
    const daemon = 'while :; do echo x >> src/api/log; sleep 0.01; done';
    const { code } = await confined('src/api', `(setsid sh -c '${daemon}' > /dev/null 2>&1 &); sleep 0.2`);
    assert.equal(code, 0);
    const size = fs.statSync(root.in('src/api/log')).size;
    assert.ok(size > 0);
    assert.equal((await wlock(['run', '--path', 'src/api', '--', 'sleep', '0.2'])).code, 0);
    assert.equal(fs.statSync(root.in('src/api/log')).size, size, 'nobody writes any more');
  });

  it('killed, takes everything with it, and the lock with the last of it', async () => {
    const program = startConfined('src/api', '(setsid sleep 1000 &); echo in; sleep 1000');
    await waitFor('the command runs', () => program.output === 'in\n');
    const family = await descendantsOf(program.pid);
    assert.ok(family.length >= 4, 'bwrap, init, the command and its daemon');
    program.kill('SIGKILL');
    await waitFor('all have died', () => family.every((pid) => !isRunning(pid)));
    assert.equal((await onlyLockIn(root.path)).verdict, 'stale');
  });

  it('ends when the lock is lost', async () => {
    const program = startConfined('src/api', 'trap "" TERM; (setsid sleep 1000 &); echo in; exec sleep 1000');
    await waitFor('the command runs', () => program.output === 'in\n');
    const family = await descendantsOf(program.pid);
    const lock = await onlyLockIn(root.path);
    assert.equal((await wlock(['force-release', lock.id, '--yes'])).code, 0);
    assert.equal((await program.ended(20_000)).code, 5);
    assert.deepEqual(
      family.filter((pid) => isRunning(pid)),
      [],
    );
  }).timeout(30_000);

  it('reads the locks inside, and takes none', async () => {
    const cli = [process.execPath, path.resolve('dist/cli.cjs')].join(' ');
    const { stdout, stderr } = await confined('src/api', `${cli} list --json; ${cli} run --path src/api -- true`);
    assert.equal((JSON.parse(stdout) as { locks: { verdict: string }[] }).locks[0]?.verdict, 'live');
    assert.match(stderr, /read-only|Read-only|not writable|cannot be written/i);
  });

  it('gives a terminal that could be made to type no way to it', () => {
    const script = `exec ${process.execPath} ${path.resolve('dist/cli.cjs')} run --confine --path src/api -- sh -c 'ps -o sid= -p $$; tty'`;
    const said = execFileSync('script', ['-qec', script, '/dev/null'], { cwd: root.path, encoding: 'utf8' });
    const isOpen = fs.readFileSync('/proc/sys/dev/tty/legacy_tiocsti', 'utf8').trim() !== '0';
    if (isOpen) assert.match(said, /^\s*[1-9]\d*\s/, 'a session of its own, inside its own namespace');
    else assert.match(said, /^\s*0\s/, 'the session of the terminal, outside of its namespace');
  });

  it('is seen by others as any lock', async () => {
    const program = startConfined('src/api', 'echo in; exec sleep 1000');
    await waitFor('the command runs', () => program.output === 'in\n');
    assert.deepEqual(
      (await listJson(root.path)).locks.map(({ verdict, verdictReason }) => [verdict, verdictReason]),
      [['live', 'hold-held']],
    );
    assert.equal((await wlock(['run', '--path', 'src/api', '--', 'true'])).code, 3);
  });
});

/** Everything outside of `src/api`: names, kinds, modes, owners, contents, times of files. */
function pictureOf(root: TemporaryRoot, outside: TemporaryRoot): readonly string[] {
  const hidden = [path.join(root.path, '.loops'), path.join(root.path, 'src/api')];
  const lines = [root.path, outside.path].flatMap((top) =>
    (fs.readdirSync(top, { recursive: true }) as string[]).map((name) => path.join(top, name)),
  );
  return lines
    .filter((file) => !hidden.some((folder) => file === folder || file.startsWith(`${folder}/`)))
    .map((file) => {
      const stat = fs.lstatSync(file);
      const content = stat.isFile() ? `${fs.readFileSync(file, 'utf8')} ${stat.mtimeMs} ${stat.ctimeMs}` : '';
      return `${file} ${stat.mode} ${stat.uid} ${content}`;
    })
    .sort();
}

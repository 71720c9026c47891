/** `wlock etcd dev`: a real etcd for trying, that leaves nothing behind. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import * as path from 'node:path';
import { environmentWithEtcd } from './environmentWithEtcd.ts';
import { cliFile } from './programs.ts';
import { isRunning, Started, type StartedProgram } from './started.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { runWlock, spawnWlock } from './wlock.ts';

interface Answering {
  readonly endpoint: string;
  readonly etcdVersion: string;
  readonly pid: number;
  readonly dataFolder: string;
  readonly configuration: { readonly etcd: { readonly endpoints: readonly string[]; readonly namespace: string } };
}

describe('wlock etcd dev', () => {
  let root: TemporaryRoot;
  let started: Started;
  let environment: NodeJS.ProcessEnv;
  beforeEach(async () => {
    root = new TemporaryRoot();
    fs.mkdirSync(root.in('tmp'));
    fs.mkdirSync(root.in('my repo'));
    environment = { ...(await environmentWithEtcd()), TMPDIR: root.in('tmp') };
    started = new Started();
  });
  afterEach(async () => {
    await started.endAll();
    // Whoever was killed has left that to a shell of its own.
    await waitFor('nothing is left', () => fs.readdirSync(root.in('tmp')).length === 0);
    root[Symbol.dispose]();
  });

  const start = (...words: readonly string[]): StartedProgram =>
    started.add(spawnWlock(['etcd', 'dev', ...words], { cwd: root.in('my repo'), environment }));

  /** What it has printed, one document a line. */
  const documents = ({ output }: StartedProgram): readonly unknown[] =>
    output.split('\n').flatMap((line, i, lines): unknown[] => (i < lines.length - 1 ? [JSON.parse(line)] : []));

  async function startAnswering(): Promise<{ readonly program: StartedProgram; readonly answering: Answering }> {
    const program = start('--json');
    const answering = await waitFor(
      () => `its answer ${program.errors}`,
      () => documents(program)[0] as Answering | undefined,
      30_000,
    );
    return { program, answering };
  }

  const post = async (endpoint: string, what: string, body: object): Promise<unknown> => {
    const response = await fetch(`${endpoint}/v3/kv/${what}`, { method: 'POST', body: JSON.stringify(body) });
    return await response.json();
  };

  /** Processes below this one. */
  const below = (pid: number): readonly number[] =>
    fs
      .readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter((word) => word !== '')
      .map(Number);

  it('says what to write into .wlock.json, and how to end it', async () => {
    const program = start();
    await waitFor('what it says', () => program.output.includes('To end it:'), 30_000);
    assert.match(program.output, /^etcd \d+\.\d+\.\d+ answers at http:\/\/127\.0\.0\.1:\d+ \(process \d+\)\./);
    const [, configuration = ''] = /^ {2}(\{.*\})$/m.exec(program.output) ?? [];
    const { etcd } = JSON.parse(configuration) as Answering['configuration'];
    assert.equal(etcd.namespace, 'my-repo');
    assert.ok(program.output.includes(`answers at ${etcd.endpoints[0]} `));
    assert.ok(program.output.includes(`To end it: Ctrl-C, or kill ${program.pid}\n`));
    program.kill('SIGTERM');
    assert.deepEqual(await program.ended(), { code: 0, signal: undefined }, program.errors);
    assert.match(program.errors, /etcd has ended, and its data is deleted/);
  });

  it('keeps what it is given, and is reached from this machine only', async () => {
    const { answering } = await startAnswering();
    const [key, value] = ['key', 'value'].map((word) => Buffer.from(word).toString('base64'));
    await post(answering.endpoint, 'put', { key, value });
    const found = (await post(answering.endpoint, 'range', { key })) as { kvs: readonly { value: string }[] };
    assert.equal(found.kvs[0]?.value, value);
    assert.deepEqual(answering.configuration.etcd.endpoints, [answering.endpoint]);
    assert.equal(fs.statSync(answering.dataFolder).mode & 0o077, 0);
    assert.deepEqual(foreignListeners(answering.pid), []);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`leaves no process and no folder after ${signal}`, async () => {
      const { program, answering } = await startAnswering();
      const all = below(program.pid);
      assert.ok(all.includes(answering.pid));
      program.kill(signal);
      assert.deepEqual(await program.ended(), { code: 0, signal: undefined }, program.errors);
      assert.deepEqual(all.filter(isRunning), []);
      assert.deepEqual(fs.readdirSync(root.in('tmp')), []);
    });
  }

  it('ends in order after Ctrl-C at a terminal, which reaches all that it has started there', async () => {
    const { program, answering } = await startAnsweringInOwnGroup();
    process.kill(-program.pid, 'SIGINT');
    assert.deepEqual(await program.ended(), { code: 0, signal: undefined }, program.errors + program.output);
    assert.equal(isRunning(answering.pid), false);
    assert.equal(documents(program).length, 1); // no failure after the answer
  });

  async function startAnsweringInOwnGroup(): ReturnType<typeof startAnswering> {
    const words = [cliFile, '--json', 'etcd', 'dev'];
    const child = spawn(process.execPath, words, {
      cwd: root.path,
      env: { ...process.env, ...environment },
      detached: true,
    });
    const program = started.add(child);
    const answering = await waitFor('its answer', () => documents(program)[0] as Answering | undefined, 30_000);
    return { program, answering };
  }

  it('leaves no etcd and no folder after kill -9', async () => {
    const { program, answering } = await startAnswering();
    const all = below(program.pid);
    program.kill('SIGKILL');
    await waitFor('all have ended', () => all.every((pid) => !isRunning(pid)));
    await waitFor('the folder is deleted', () => !fs.existsSync(answering.dataFolder));
  });

  it('leaves no etcd and no folder after kill -9 where the system has no parent-death signal', async () => {
    fs.mkdirSync(root.in('bin'));
    fs.writeFileSync(root.in('bin', 'setpriv'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    environment = { ...environment, PATH: [root.in('bin'), environment['PATH']].join(path.delimiter) };
    const { program, answering } = await startAnswering();
    program.kill('SIGKILL');
    await waitFor('etcd has ended', () => !isRunning(answering.pid));
    await waitFor('the folder is deleted', () => !fs.existsSync(answering.dataFolder));
  });

  it('says so when etcd ends by itself, and how', async () => {
    const { program, answering } = await startAnswering();
    process.kill(answering.pid, 'SIGKILL');
    assert.deepEqual(await program.ended(), { code: 1, signal: undefined });
    const [, failure] = documents(program) as readonly [unknown, { error: { code: string; message: string } }];
    assert.equal(failure.error.code, 'etcd-ended');
    assert.match(failure.error.message, /^etcd has ended by itself \(SIGKILL\)\./);
    assert.deepEqual(fs.readdirSync(root.in('tmp')), []);
  });

  it('shows the end of the log of an etcd that cannot start', async () => {
    fs.writeFileSync(root.in('etcd'), '#!/bin/sh\nseq 100 >&2; echo "the disk \u001b[31mis full" >&2; exit 3\n', {
      mode: 0o755,
    });
    const PATH = [root.path, environment['PATH']].join(path.delimiter);
    const { code, stderr } = await runWlock(['etcd', 'dev'], { cwd: root.path, environment: { ...environment, PATH } });
    assert.equal(code, 1);
    assert.match(stderr, /ended by itself \(exit code 3\)\. The end of its log:\n92\n/);
    assert.match(stderr, /\n100\nthe disk \\u\{1b\}\[31mis full\n/);
  });

  it('says how to install etcd where there is none', async () => {
    const words = ['etcd', 'dev'];
    const { code, stdout, stderr } = await runWlock(words, { cwd: root.path, environment: { PATH: root.in('tmp') } });
    assert.deepEqual([code, stdout], [127, '']);
    assert.match(stderr, /no etcd on your PATH/);
    for (const way of ['apt install etcd-server', 'dnf install etcd', 'brew install etcd', 'https://etcd.io/docs/']) {
      assert.ok(stderr.includes(way), way);
    }
  });

  it('says that a port is in use, and disturbs nobody there', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    let connections = 0;
    server.on('connection', () => connections++);
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const words = ['etcd', 'dev', '--port', `${port}`];
      const { code, stderr } = await runWlock(words, { cwd: root.path, environment });
      assert.equal(code, 2);
      assert.match(
        stderr,
        new RegExp(`cannot listen on port ${port} of 127\\.0\\.0\\.1: somebody listens there already`),
      );
      assert.equal(connections, 0);
    } finally {
      server.close();
    }
  });

  it('listens on the port that it is given, and cannot be told by the environment to listen elsewhere', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    environment = { ...environment, ETCD_LISTEN_METRICS_URLS: 'http://0.0.0.0:0', ETCD_FORCE_NEW_CLUSTER: 'nonsense' };
    const program = start('--json', '--port', `${port}`);
    const answering = await waitFor('its answer', () => documents(program)[0] as Answering | undefined, 30_000);
    assert.equal(answering.endpoint, `http://127.0.0.1:${port}`);
    assert.deepEqual(foreignListeners(answering.pid), []);
  });

  it('needs no workspace: a configuration that cannot be used is none of its business', async () => {
    fs.writeFileSync(root.in('my repo', '.wlock.json'), 'not JSON');
    await startAnswering();
    assert.deepEqual(fs.readdirSync(root.in('my repo')), ['.wlock.json']);
  });
});

/** Addresses other than loopback's that a process listens on, as the kernel writes them. */
function foreignListeners(pid: number): readonly string[] {
  const inodes = new Set(
    fs.readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${descriptor}`)) ?? [];
      return inode === undefined ? [] : [inode];
    }),
  );
  const listening = '0A';
  const rows = ['tcp', 'tcp6'].flatMap((table) => fs.readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1));
  const addresses = rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode = '']) => state === listening && inodes.has(inode))
    .map(([, address = '']) => address);
  assert.ok(addresses.length >= 2, 'its own port and the one for members');
  return addresses.filter((address) => !address.startsWith('0100007F:'));
}

function linkOf(file: string): string {
  try {
    return fs.readlinkSync(file);
  } catch {
    return ''; // closed meanwhile
  }
}

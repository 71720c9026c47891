import * as assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/extension.ts';
import {
  badgeOf,
  childRows,
  extensionApi,
  folderPath,
  nodeOf,
  printLatency,
  rows,
  screenshot,
  until,
} from './window.ts';

const namespace = 'orchard';

describe('A workspace that shares its locks through etcd', () => {
  let api: ExtensionApi;
  let parent: string;
  let etcd: ChildProcess;
  let endpoint: string;
  const machines: ChildProcess[] = [];

  const configuration = (): string => path.join(folderPath(), '.wlock.json');

  /** Another machine: its own name, processes and place of the clone; it has only the cluster in common with us. */
  const onAnotherMachine = (host: string, ...words: readonly string[]): ChildProcess => {
    const clone = fs.mkdtempSync(path.join(parent, 'clone-'));
    fs.writeFileSync(path.join(clone, '.wlock.json'), fs.readFileSync(configuration()));
    const wlock = [process.execPath, process.env['WLOCK_CLI'] ?? '', ...words];
    const script = 'hostname "$0" && exec "$@"';
    const child = spawn(
      'unshare',
      [
        '--map-root-user',
        '--uts',
        '--pid',
        '--fork',
        '--kill-child',
        '--mount-proc',
        'sh',
        '-c',
        script,
        host,
        ...wlock,
      ],
      { cwd: clone, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } },
    );
    machines.push(child);
    return child;
  };

  const startEtcd = async (port: number): Promise<void> => {
    const peer = `http://127.0.0.1:${await freePort()}`;
    endpoint = `http://127.0.0.1:${port}`;
    etcd = spawn(
      process.env['WLOCK_ETCD'] ?? '',
      [
        ...['--data-dir', path.join(parent, 'data'), '--log-level', 'error'],
        ...['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
        ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
      ],
      { stdio: 'ignore' },
    );
    await until('etcd answers', async () => {
      return await fetch(`${endpoint}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
  };

  before(async () => {
    api = await extensionApi();
    parent = fs.mkdtempSync(path.join(tmpdir(), 'wlock-cluster-'));
    await startEtcd(await freePort());
    fs.writeFileSync(configuration(), JSON.stringify({ etcd: { endpoints: [endpoint], namespace, ttlSeconds: 5 } }));
    await until('the cluster is connected', () => {
      const [manager] = api.folders.managers;
      return manager?.tools.find('etcd')?.line !== undefined && api.folders.picture.problems.length === 0;
    });
  });

  afterEach(async () => {
    for (const child of machines.splice(0)) await crash(child);
  });

  after(async () => {
    fs.rmSync(configuration(), { force: true });
    await until(
      'the folder is on its own again',
      () => api.folders.managers[0]?.tools.find('etcd')?.line === undefined,
    );
    const exited = once(etcd, 'exit');
    etcd.kill('SIGKILL');
    await exited;
    fs.rmSync(parent, { recursive: true, force: true });
  });

  it('shows what is locked on another machine, in tree, Explorer and status bar, and says where', async () => {
    const file = path.join(folderPath(), 'src/api/routes.ts');
    const machine = onAnotherMachine(
      'build-7',
      'run',
      '--path',
      'src/api',
      '--holder',
      'nightly',
      '--',
      'sleep',
      '600',
    );
    await until('the cluster has the lock', async () => (await keysInCluster(endpoint)).length > 0);
    printLatency(
      'lock in the cluster to tree row',
      await until('a row', () => rows(api).some((row) => row.includes('on build-7'))),
    );
    printLatency('… to Explorer badge', await until('a badge', () => badgeOf(api, file)?.badge === 'L'));
    await until('a count', () => api.statusItem.item.text.includes('1 lock'));
    assert.match(rows(api)[0] ?? '', /^nightly etcd, on build-7 · src\/api · /);
    const details = await childRows(api, nodeOf(api, 'nightly'));
    assert.ok(
      details.some((row) => row === 'Held on build-7: the cluster hears of its holder.'),
      details.join('\n'),
    );
    assert.ok(
      details.some((row) => row.startsWith('Token etcd:')),
      details.join('\n'),
    );
    assert.notEqual(hostname(), 'build-7');
    await vscode.commands.executeCommand('workspaceLocks.showLocks');
    await screenshot('another-machine');
    await crash(machine);
    const endedMs = await until('it is gone with its lease', () => rows(api).every((row) => !row.includes('build-7')));
    printLatency('machine crashed to row gone (TTL 5 s)', endedMs);
  });
});

/** With all that it runs. */
async function crash(machine: ChildProcess): Promise<void> {
  if (machine.exitCode !== null || machine.signalCode !== null) return;
  const exited = once(machine, 'exit');
  machine.kill('SIGKILL');
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function keysInCluster(endpoint: string): Promise<readonly unknown[]> {
  const prefix = `/workspace-locks/v1/${namespace}/locks/`;
  const body = { key: btoa(prefix), range_end: btoa(`${prefix}~`), keys_only: true };
  const answer = await fetch(`${endpoint}/v3/kv/range`, { method: 'POST', body: JSON.stringify(body) });
  return ((await answer.json()) as { kvs?: readonly unknown[] }).kvs ?? [];
}

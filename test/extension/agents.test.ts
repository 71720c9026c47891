/** VS Code's agents: the model tools as a model calls them, and the MCP server that the editor is offered. */
import * as assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as vscode from 'vscode';
import { mcpServers } from '../../src/extension/agents/mcpServers.ts';
import type { ExtensionApi } from '../../src/extension/extension.ts';
import { callTool as call, idIn } from './modelTools.ts';
import { PythonLoop } from './pythonLoop.ts';
import { extensionApi, folderPath, rows, until } from './window.ts';

describe('A model in the window', () => {
  let api: ExtensionApi;
  const loops: PythonLoop[] = [];

  before(async () => {
    api = await extensionApi();
  });

  afterEach(async () => {
    await call('release_lock', { all: true });
    for (const loop of loops.splice(0)) await loop.end();
    await until('no locks', () => api.folders.picture.locks.length === 0);
  });

  async function loopGets(scope: string): Promise<boolean> {
    const { loop, first } = await PythonLoop.start(folderPath(), 'nightly', scope);
    loops.push(loop);
    return first.event === 'acquired';
  }

  it('finds six tools, each with a description and a schema', () => {
    const ours = vscode.lm.tools.filter(({ name }) => name.startsWith('wlock_'));
    assert.equal(ours.length, 6);
    for (const { description, inputSchema } of ours) assert.ok(description.length > 20 && inputSchema);
  });

  it('locks files that then keep a loop out, renews and releases; the person sees it like any lock', async () => {
    const granted = await call('acquire_lock', { paths: ['src/api'], reason: 'rename the routes' });
    const id = idIn(granted);
    assert.match(granted, /held by you.*because: rename the routes/);
    await until('the row', () => rows(api).some((row) => row.includes('src/api')));
    assert.equal(await loopGets('src/api/routes.ts'), false);
    assert.match(await call('renew_lock', { id, minutes: 30 }), /Renewed: yours for 30 min/);
    assert.match(await call('release_lock', { id }), new RegExp(`Released: ${id}`));
    assert.equal(await loopGets('src/api/routes.ts'), true);
  });

  it('is told who is in the way, what is free, and what to do', async () => {
    assert.equal(await loopGets('src/api'), true);
    const refused = await call('acquire_lock', { paths: ['src/api/routes.ts'] });
    assert.match(refused, /^Not granted: you hold nothing\.\n.*held by .*\n.*wait_for_lock/s);
    const checked = await call('check_paths', { paths: ['src/api/routes.ts', 'docs'] });
    assert.match(checked, /routes\.ts: LOCKED, do not write/);
    assert.match(checked, /docs: free/);
    assert.match(await call('list_locks', {}), /^1 lock:\n- src\/api: held by/);
    const waited = await call('wait_for_lock', { paths: ['src/api'], seconds: 0.2 });
    assert.match(waited, /^Not granted in that time/);
  });

  it('has the lock that it waits for as soon as it is free', async () => {
    assert.equal(await loopGets('src/api'), true);
    const waiting = call('wait_for_lock', { paths: ['src/api'], seconds: 20 });
    await until('it waits', () => api.folders.picture.waiters.length === 1);
    await loops[0]?.end();
    idIn(await waiting);
  });

  it('that is stopped waits no longer', async () => {
    assert.equal(await loopGets('src/api'), true);
    const stop = new vscode.CancellationTokenSource();
    const waiting = call('wait_for_lock', { paths: ['src/api'], seconds: 600 }, stop.token).catch(String);
    await until('it waits', () => api.folders.picture.waiters.length === 1);
    stop.cancel();
    await waiting;
    await until('nobody waits', () => api.folders.picture.waiters.length === 0);
  });

  it('is told with its next call that its lock was lost', async () => {
    const id = idIn(await call('acquire_lock', { paths: ['docs'] }));
    const lock = api.folders.picture.locks.find(({ lock: { id: each } }) => each === id);
    assert.ok(lock);
    await lock.manager.forceRelease(lock.lock);
    await until('it is gone', () => api.folders.picture.locks.every(({ lock: { id: each } }) => each !== id));
    await until('it is told', async () => (await call('list_locks', {})).includes(`LOST: your lock ${id} on docs`));
  });

  it('sends nonsense, and reads what was wrong with it', async () => {
    assert.match(await call('acquire_lock', { paths: ['/etc/passwd'] }), /outside/i);
    assert.match(await call('release_lock', { id: 'nope' }), /You hold no lock in this session/);
  });

  it('is offered the MCP server, which answers in this folder', async function () {
    this.timeout(20_000);
    const extension = vscode.extensions.getExtension('workspace-locks.workspace-locks');
    assert.ok(extension);
    const [server, ...others] = await mcpServers({
      folders: api.folders,
      extensionUri: extension.extensionUri,
      version: '1',
    });
    assert.ok(server);
    assert.deepEqual(others, []);
    assert.equal(server.cwd?.fsPath, folderPath());
    const env = { ...process.env, ...(server.env as Record<string, string>) };
    const program = spawn(server.command, server.args, { cwd: server.cwd.fsPath, env });
    try {
      let said = '';
      program.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
      const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
      program.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: hello })}\n`);
      await until('its answer', () => said.includes('\n'));
      assert.match(said, /"serverInfo":\{"name":"workspace-locks"/);
    } finally {
      const closed = new Promise((resolve) => program.once('close', resolve));
      program.stdin.end();
      await closed;
    }
  });
});

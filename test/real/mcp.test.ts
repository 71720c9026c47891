/** `wlock mcp`, with the SDK's own client over stdio. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { listJson, type ListedLock } from './expectations.ts';
import { cliFile } from './programs.ts';
import { Started } from './started.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { runWlock, spawnWlock } from './wlock.ts';

interface Answer {
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly failed: boolean;
}

/** An agent: a client, its connection, and the server process behind it. */
class Agent implements AsyncDisposable {
  readonly #client: Client;
  readonly #transport: StdioClientTransport;

  constructor(root: TemporaryRoot, name: string, environment: Readonly<Record<string, string>> = {}) {
    this.#client = new Client({ name, version: '1.0' });
    this.#transport = new StdioClientTransport({
      command: process.execPath,
      args: [cliFile, 'mcp'],
      cwd: root.path,
      env: { PATH: process.env['PATH'] ?? '', HOME: root.path, ...environment },
      stderr: 'inherit',
    });
  }

  async connect(): Promise<this> {
    await this.#client.connect(this.#transport);
    return this;
  }

  get client(): Client {
    return this.#client;
  }

  get pid(): number {
    return this.#transport.pid ?? assert.fail();
  }

  async call(name: string, input: object = {}, signal?: AbortSignal): Promise<Answer> {
    const options = { timeout: 60_000, ...(signal ? { signal } : {}) };
    const result = await this.#client.callTool({ name, arguments: { ...input } }, options);
    const [first] = result.content;
    assert.ok(first?.type === 'text');
    const data = (result.structuredContent ?? {}) as Record<string, unknown>;
    return { text: first.text, data, failed: result.isError === true };
  }

  async acquire(...paths: readonly string[]): Promise<string> {
    const { text, data } = await this.call('acquire_lock', { paths });
    assert.equal(data['granted'], true, text);
    return (data['lock'] as { id: string }).id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}

describe('An agent that speaks MCP', () => {
  let root: TemporaryRoot;
  let started: Started;
  let agents: Agent[];
  beforeEach(() => {
    root = new TemporaryRoot();
    started = new Started();
    agents = [];
    for (const folder of ['.git', 'src', 'docs']) fs.mkdirSync(root.in(folder));
  });
  afterEach(async () => {
    for (const agent of agents) await agent[Symbol.asyncDispose]();
    await started.endAll();
    root[Symbol.dispose]();
  });

  async function connect(name = 'claude-code', environment: Readonly<Record<string, string>> = {}): Promise<Agent> {
    const agent = new Agent(root, name, environment);
    agents.push(agent);
    return await agent.connect();
  }
  const locks = async (): Promise<readonly ListedLock[]> => (await listJson(root.path)).locks;

  it('finds six tools, knows which of them change nothing, and is told how to use them', async () => {
    const { client } = await connect();
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.map(({ name, annotations }) => `${name}${annotations?.readOnlyHint === true ? ' reads' : ''}`),
      ['list_locks reads', 'check_paths reads', 'acquire_lock', 'wait_for_lock', 'renew_lock', 'release_lock'],
    );
    for (const { description, inputSchema } of tools) {
      assert.ok((description ?? '').length > 40);
      assert.equal(inputSchema.type, 'object');
    }
    assert.match(client.getInstructions() ?? '', /Before you edit files, call check_paths/);
  });

  it('holds what it acquires, under its own name, as the server’s own process', async () => {
    const agent = await connect('claude-code');
    assert.match((await agent.call('check_paths', { paths: ['src'] })).text, /^src: free$/m);
    const id = await agent.acquire('src');
    const [lock, ...others] = await locks();
    assert.deepEqual([lock?.id, lock?.holder.name, lock?.holder.pid, others], [id, 'claude-code', agent.pid, []]);
    assert.equal((await runWlock(['run', '--path', 'src/a', '--', 'true'], { cwd: root.path })).code, 3);
    assert.match((await agent.call('list_locks')).text, /^- src: held by you, .*Held by a running process/m);
    assert.match((await agent.call('check_paths', { paths: ['src'] })).text, /^src: free$/m, 'its own is no obstacle');
    assert.match((await agent.call('release_lock', { id })).text, /^Released/);
    assert.deepEqual(await locks(), []);
  });

  it('is told who is in the way and what to do, and may wait until it has the lock', async () => {
    const one = await connect('one');
    const two = await connect('two');
    const id = await one.acquire('src');
    const refused = await two.call('acquire_lock', { paths: ['src/a.ts', 'docs'], reason: 'a refactoring' });
    assert.deepEqual([refused.failed, refused.data['granted']], [false, false]);
    assert.match(refused.text, /^Not granted: you hold nothing\.\n- src: held by one, /);
    assert.match(refused.text, /Do not write to these paths\. .*wait_for_lock/);
    assert.match((await two.call('check_paths', { paths: ['src/a.ts'] })).text, /^src\/a\.ts: LOCKED, do not write$/m);

    const late = await two.call('wait_for_lock', { paths: ['src'], seconds: 0.2 });
    assert.match(late.text, /^Not granted in that time/);
    const waiting = two.call('wait_for_lock', { paths: ['src'], seconds: 60 });
    await waitFor('it stands in the queue', async () =>
      (await one.call('list_locks')).text.includes('1 wait for them'),
    );
    await one.call('release_lock', { id });
    assert.match((await waiting).text, /^Granted: /);
    assert.equal((await locks())[0]?.holder.name, 'two');
  });

  it('loses every lock with its connection, and a request that waits leaves the queue', async () => {
    const one = await connect('one');
    const two = await connect('two');
    await one.acquire('src');
    await one.acquire('docs');
    const waiting = two.call('wait_for_lock', { paths: ['src'], seconds: 60 }).catch(() => undefined);
    await waitFor('it waits', async () => (await one.call('list_locks')).text.includes('1 wait for them'));
    await two[Symbol.asyncDispose]();
    await waiting;
    await waitFor('it left', async () => !(await one.call('list_locks')).text.includes('wait for them'));
    await one[Symbol.asyncDispose]();
    await waitFor('all is free', async () => (await locks()).length === 0);
    assert.deepEqual(root.records(), []);
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`blocks nobody after its server got ${signal}`, async () => {
      const agent = await connect();
      await agent.acquire('src');
      process.kill(agent.pid, signal);
      await waitFor('the lock does not block', async () => (await locks()).every(({ verdict }) => verdict === 'stale'));
      assert.equal((await runWlock(['run', '--path', 'src', '--', 'true'], { cwd: root.path })).code, 0);
    });
  }

  it('is told with its next answer that it has lost a lock, by whom, and to stop', async () => {
    const agent = await connect();
    const id = await agent.acquire('src');
    const forced = await runWlock(['force-release', id, '--yes'], { cwd: root.path });
    assert.equal(forced.code, 0, forced.stderr);
    const told = await waitFor('it is told', async () => {
      const answer = await agent.call('check_paths', { paths: ['docs'] });
      return answer.text.startsWith('LOST: ') ? answer : undefined;
    });
    assert.match(
      told.text,
      /^LOST: your lock .+ on src is gone: force-released by .+\. Stop writing there\.\n\ndocs: free/,
    );
    assert.equal((told.data['lost'] as readonly string[]).length, 1);
    assert.match((await agent.call('check_paths', { paths: ['docs'] })).text, /^docs: free/, 'once');
    const renewed = await agent.call('renew_lock', { id, minutes: 5 });
    assert.deepEqual([renewed.failed, /You hold no lock/.test(renewed.text)], [true, true]);
  });

  it('renews a lock with a time, and gives all back at once', async () => {
    const agent = await connect();
    const { data } = await agent.call('acquire_lock', { paths: ['src'], minutes: 5, reason: 'tests' });
    const lock = data['lock'] as { id: string; expiresAt: string };
    await agent.acquire('docs');
    assert.match((await agent.call('renew_lock', { id: lock.id, minutes: 30 })).text, /^Renewed: yours for 30 min/);
    const now = (await locks()).find(({ id }) => id === lock.id) as unknown as { expiresAt: string };
    assert.ok(Date.parse(now.expiresAt) > Date.parse(lock.expiresAt));
    assert.match((await agent.call('release_lock', { all: true })).text, /^Released: .+, .+\./);
    assert.deepEqual(await locks(), []);
  });

  it('may read beside others who share', async () => {
    const one = await connect('one');
    const two = await connect('two');
    for (const agent of [one, two]) {
      assert.equal((await agent.call('acquire_lock', { paths: ['docs'], shared: true })).data['granted'], true);
    }
    assert.equal((await one.call('acquire_lock', { paths: ['docs'] })).data['granted'], false);
  });

  it('gets an answer that helps for whatever it sends', async () => {
    const agent = await connect();
    for (const [tool, input, says] of [
      ['acquire_lock', {}, /paths/],
      ['acquire_lock', { paths: [] }, /paths/],
      ['acquire_lock', { paths: ['../elsewhere'] }, /outside of the root/],
      ['acquire_lock', { paths: ['a\0b'] }, /NUL|character/i],
      ['acquire_lock', { paths: ['{a,'] }, /pattern|bracket|brace/i],
      ['acquire_lock', { paths: ['src'], minutes: -1 }, /minutes/],
      ['wait_for_lock', { paths: ['src'], seconds: 1e9 }, /seconds/],
      ['release_lock', {}, /You hold no lock/],
      ['release_lock', { id: 'nothing' }, /You hold no lock/],
      ['renew_lock', { id: 'nothing', minutes: 1 }, /You hold no lock/],
    ] as const) {
      const answer = await agent.call(tool, input);
      assert.equal(answer.failed, true, `${tool} ${JSON.stringify(input)}: ${answer.text}`);
      assert.match(answer.text, says);
    }
    assert.deepEqual(await locks(), []);
    assert.match((await agent.call('list_locks')).text, /^No locks\./, 'and goes on');
  });

  it('cannot touch what others hold, a person’s or another session’s', async () => {
    const holder = started.add(
      spawnWlock(['run', '--path', 'src', '--holder', 'alice', '--', 'sh', '-c', 'echo in; exec sleep 1000'], {
        cwd: root.path,
      }),
    );
    await waitFor('alice holds', () => holder.output.includes('in'));
    const agent = await connect();
    const [lock] = await locks();
    for (const [tool, input] of [
      ['release_lock', { id: lock?.id }],
      ['renew_lock', { id: lock?.id, minutes: 1 }],
    ] as const) {
      assert.equal((await agent.call(tool, input)).failed, true);
    }
    assert.equal((await locks())[0]?.verdict, 'live');
  });

  it('is one session with the programs that its session variable names', async () => {
    const agent = await connect('claude-code', { WLOCK_SESSION: 'task-7' });
    const id = await agent.acquire('src');
    const environment = { WLOCK_SESSION: 'task-7' };
    const released = await runWlock(['release', id], { cwd: root.path, environment });
    assert.equal(released.code, 0, released.stderr);
  });

  it('keeps names from the client in their place', async () => {
    const agent = await connect('evil\u202e\u001b[2J' + 'x'.repeat(500));
    await agent.acquire('src');
    const name = (await locks())[0]?.holder.name ?? '';
    assert.ok(name.length <= 100);
    assert.doesNotMatch(name, /[\u202e\u001b]/);
  });

  it('ends its wait when the client cancels it, and holds nothing', async () => {
    const one = await connect('one');
    const two = await connect('two');
    await one.acquire('src');
    const cancel = new AbortController();
    const waiting = two.call('wait_for_lock', { paths: ['src'], seconds: 60 }, cancel.signal);
    await waitFor('it waits', async () => (await one.call('list_locks')).text.includes('1 wait for them'));
    cancel.abort();
    await assert.rejects(waiting);
    await waitFor('it left', async () => !(await one.call('list_locks')).text.includes('wait for them'));
    await one.call('release_lock', { all: true });
    assert.deepEqual(await locks(), []);
  });
});

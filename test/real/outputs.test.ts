/** Every `--json` output of the real command line, in many situations, is what the published schema describes. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { errorCodes } from '../../src/core/errors.ts';
import { protocolIds, type LockId, type Mode } from '../../src/core/lock.ts';
import { scopeErrorCodes } from '../../src/core/scope/scopeError.ts';
import { verdictReasons, verdicts } from '../../src/core/verdict.ts';
import type { KeptLock } from '../../src/manager/keeper/messages.ts';
import { assertFits, fits, schema } from '../formats/schemas.ts';
import { environmentWithEtcd } from './environmentWithEtcd.ts';
import { cliFile } from './programs.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { runWlock, spawnWlock, type WlockOptions } from './wlock.ts';
import { removeFolder } from '../setup/removeFolder.mjs';

/** A definition of the schema that describes one command's output. */
type Command =
  | 'list'
  | 'acquire'
  | 'run'
  | 'release'
  | 'force-release'
  | 'renew'
  | 'check'
  | 'guard'
  | 'hook'
  | 'wait'
  | 'reap'
  | 'watch'
  | 'stats'
  | 'doctor'
  | 'verify'
  | 'version'
  | 'completion'
  | 'etcd'
  | 'help';

interface Output {
  readonly command: Command;
  readonly value: unknown;
}

/** A command that goes on, and what it has printed. */
class Started {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #printed = '';

  constructor(words: readonly string[], options: WlockOptions) {
    const child = spawnWlock(['--json', ...words], options);
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#printed += text));
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('close', resolve));
  }

  async says(text: string): Promise<void> {
    await waitFor(`${text} in ${this.#printed}`, () => this.#printed.includes(text));
  }

  async end(): Promise<readonly unknown[]> {
    this.#child.kill('SIGTERM');
    await this.#ended;
    const lines = this.#printed.split('\n').filter((line) => line !== '');
    return lines.map((line): unknown => JSON.parse(line));
  }
}

/** What a command inside a lock runs to wait for another one's, once the file `go` is there. */
const inner = (scope: string): readonly string[] => [
  ...['sh', '-c', 'until [ -e go ]; do sleep 0.02; done; exec "$@"', 'sh'],
  ...[process.execPath, cliFile, 'run', '--wait', '--path', scope, '--', 'true'],
];

/** Runs commands in one workspace and keeps what they print. */
class Session {
  readonly root = new TemporaryRoot();
  readonly outputs: Output[] = [];
  readonly #started: Started[] = [];
  readonly #taken: { readonly id: string; readonly token: string }[] = [];

  constructor() {
    for (const folder of ['.git', 'src', 'docs', 'lib']) fs.mkdirSync(this.root.in(folder));
  }

  async run(
    command: Command,
    words: readonly string[],
    exit: number,
    options: Partial<WlockOptions> = {},
  ): Promise<void> {
    const { code, stdout, stderr } = await runWlock(['--json', ...words], { cwd: this.root.path, ...options });
    assert.equal(code, exit, `${words.join(' ')}: ${stdout}${stderr}`);
    this.outputs.push({ command, value: JSON.parse(stdout) });
  }

  /** Takes a lock that ends with this session at the latest. */
  async acquire(words: readonly string[]): Promise<{ readonly id: string; readonly token: string }> {
    await this.run('acquire', ['acquire', '--ttl', '60s', ...words], 0);
    const { lock } = this.outputs.at(-1)?.value as { lock: { id: string; token: string } };
    this.#taken.push(lock);
    return lock;
  }

  put(name: string, record: object | string): void {
    const file = path.join(this.root.running, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, typeof record === 'string' ? record : JSON.stringify(record));
  }

  /** Runs one that goes on until it is ended. */
  start(words: readonly string[], options: Partial<WlockOptions> = {}): Started {
    const started = new Started(words, { cwd: this.root.path, ...options });
    this.#started.push(started);
    return started;
  }

  async end(): Promise<void> {
    for (const started of this.#started) await started.end();
    for (const { id, token } of this.#taken) {
      await runWlock(['release', id, '--token', token], { cwd: this.root.path });
    }
    this.root[Symbol.dispose]();
  }
}

/** Somebody else who is alive. */
let holder: ChildProcess;

function recordOf(session: Session, changes: object = {}): object {
  return {
    loop_name: 'nightly',
    scope: [session.root.in('src')],
    pid: holder.pid ?? -1,
    started_at: new Date().toISOString().replace('Z', '000+00:00'),
    ...changes,
  };
}

const addition = { version: 1, id: '7d6cc4a2-9f7e-4a36-8f0b-2b5f3c1f0e55', token: 1, scope: [] };
const asNobody = { asNobody: true };

const situations: Readonly<Record<string, (session: Session) => Promise<void>>> = {
  'a commit is guarded': async (s) => {
    fs.rmdirSync(s.root.in('.git'));
    execFileSync('git', ['init', '-q'], { cwd: s.root.path });
    await s.run('guard', ['guard', 'install'], 0);
    await s.run('guard', ['guard', 'install'], 0);
    await s.run('guard', ['guard', 'uninstall'], 0);
    await s.run('guard', ['guard', 'snippet', 'husky'], 0);
    await s.run('guard', ['guard', 'snippet', 'cron'], 2);
    fs.writeFileSync(s.root.in('src', 'a.ts'), '');
    execFileSync('git', ['add', 'src'], { cwd: s.root.path });
    await s.run('guard', ['guard'], 0);
    await s.acquire(['--path', 'src']);
    await s.run('guard', ['guard'], 3, { environment: { WLOCK_SESSION: 'another' } });
  },
  'an agent is hooked': async (s) => {
    const hook = ['hook', 'claude-code'];
    await s.run('hook', [...hook, 'install'], 2);
    for (let i = 0; i < 2; i++) await s.run('hook', [...hook, 'install', '--yes'], 0);
    for (let i = 0; i < 2; i++) await s.run('hook', [...hook, 'uninstall', '--yes'], 0);
    fs.writeFileSync(s.root.in('.claude', 'settings.json'), '[]');
    await s.run('hook', [...hook, 'install', '--yes'], 1);
  },
  'nothing is locked': async (s) => {
    await s.run('list', ['list'], 0);
    await s.run('check', ['check', 'src'], 0);
    await s.run('reap', ['reap'], 0);
    await s.run('doctor', ['doctor'], 0);
  },
  'an etcd runs for trying': async (s) => {
    const started = s.start(['etcd', 'dev'], { environment: await environmentWithEtcd() });
    await started.says('endpoint');
    for (const value of await started.end()) s.outputs.push({ command: 'etcd', value });
    await s.run('etcd', ['etcd', 'dev'], 127, { environment: { PATH: '' } });
  },
  'somebody asks about the program': async (s) => {
    await s.run('version', ['--version'], 0);
    await s.run('help', ['--help'], 0);
    await s.run('completion', ['completion', 'zsh'], 0);
    await s.run('help', ['list', '--help'], 0);
    await s.run('help', ['help', 'acquire'], 0);
  },
  'locks of all kinds are taken and given back': async (s) => {
    const plain = await s.acquire(['--path', 'src', '--reason', 'regenerating', '--holder', 'nightly']);
    await s.acquire(['--shared', '--path', 'docs']);
    await s.acquire(['--shared', '--path', 'docs', '--name', 'session 1']);
    await s.acquire(['--glob', 'lib/**/*.{ts,js}', '--pid', String(holder.pid)]);
    await s.run('list', ['list'], 0);
    await s.run('list', ['list'], 0, { environment: { WLOCK_SESSION: 'another' } });
    await s.run('check', ['check', 'src/a.ts', 'lib/*.ts', 'free'], 3);
    await s.run('doctor', ['doctor'], 0);
    await s.run('acquire', ['acquire', '--path', '.', '--ttl', '9s'], 3);
    await s.run('run', ['run', '--name', 'session 1', '--', 'true'], 3);
    await s.run('reap', ['reap', plain.id], 3);
    await s.run('release', ['release', plain.id, '--token', plain.token], 0);
    await s.run('release', ['release', plain.id], 0);
  },
  'several locks are selected, and a late writer asks for its own': async (s) => {
    const mine = { environment: { WLOCK_SESSION: 'mine' } };
    const { id, token } = await s.acquire(['--path', 'src']);
    await s.run('verify', ['verify', id, token], 0);
    await s.run('verify', ['verify', id, 'loops:1'], 5);
    await s.run('verify', ['verify', id, 'none'], 2);
    await s.run('force-release', ['force-release', id, '--yes'], 0);
    await s.run('verify', ['verify', addition.id, 'loops:1'], 5);
    for (const place of ['docs', 'lib']) {
      await s.run('acquire', ['acquire', '--path', place, '--holder', 'me', '--ttl', '60s'], 0, mine);
    }
    await s.run('verify', ['verify', id, token, '--covering', 'lib/a'], 5);
    await s.run('list', ['list', '--holder', 'me', '--verdict', 'live', '--older-than', '1ms'], 0);
    await s.run('list', ['list', '--mine'], 0);
    await s.run('release', ['release', '--holder', 'me'], 1);
    await s.run('release', ['release', '--holder', 'me'], 0, mine);
    await s.run('release', ['release', '--all'], 0, mine);
    await s.run('release', ['release', '--all', 'x'], 2);
    s.put('dead.lock', recordOf(s, { pid: 4_194_303, wlock: addition }));
    await s.run('verify', ['verify', addition.id, 'loops:1'], 5);
  },
  'somebody wants proof': async (s) => {
    await s.run('doctor', ['doctor', '--prove', '--seconds', '1'], 0, { boundMs: 60_000 });
    await s.run('doctor', ['doctor', '--prove'], 1, { environment: { WLOCK_FLOCK: 'none' } });
    await s.run('doctor', ['doctor', '--prove', 'nowhere'], 2);
  },
  'little-loops holds, one of its records dead and one nested': async (s) => {
    s.put('nightly.lock', recordOf(s));
    s.put('dead.lock', recordOf(s, { pid: 4_194_303, scope: [s.root.in('docs')] }));
    s.put('oracles/x.lock', recordOf(s, { pid: process.pid, scope: [s.root.in('src', 'api')] }));
    await s.run('list', ['list'], 0);
    await s.run('check', ['check', 'src', 'docs'], 3);
    await s.run('doctor', ['doctor'], 0);
    await s.run('reap', ['reap', '--dry-run'], 0);
    await s.run('reap', ['reap', 'dead', 'nightly'], 3);
    await s.run('force-release', ['force-release', 'nightly', '--yes'], 0);
    await s.run('list', ['list'], 0);
  },
  'somebody waits, and two wait for each other': async (s) => {
    const watch = s.start(['watch']);
    await watch.says('watching');
    const short = await s.acquire(['--path', 'lib', '--reason', 'bundling']);
    await s.run('renew', ['renew', short.id, '--token', short.token, '--ttl', '2m'], 0);
    await s.run('renew', ['renew', short.id, '--token', 'loops:1'], 1);
    await s.run('acquire', ['acquire', '--path', 'lib/a', '--ttl', '9s', '--wait', '50ms'], 4);
    await s.run('run', ['run', '--path', 'lib/a', '--wait', '50ms', '--', 'true'], 4);
    await s.run('wait', ['wait', 'lib', '--timeout', '50ms'], 4);
    await s.run('wait', ['wait', 'docs'], 0);
    await s.run('wait', ['wait', ''], 2);
    const left = s.start(['run', '--path', 'src', '--holder', 'left', '--', ...inner('docs')]);
    const right = s.start(['run', '--path', 'docs', '--holder', 'right', '--', ...inner('src')]);
    await watch.says('"left"');
    await watch.says('"right"');
    fs.writeFileSync(s.root.in('go'), '');
    await watch.says('"deadlock"');
    await s.run('list', ['list'], 0);
    await s.run('acquire', ['acquire', '--path', 'src', '--ttl', '9s'], 3);
    await s.run('acquire', ['acquire', '--path', 'docs', '--ttl', '9s', '--wait', '50ms'], 4);
    for (const running of [left, right]) await running.end();
    await watch.says('"deadlock-over"');
    s.put('nightly.lock', recordOf(s, { scope: [s.root.in('lib')] }));
    await watch.says('"conflict"');
    fs.rmSync(path.join(s.root.running, 'nightly.lock'));
    await watch.says('"conflict-over"');
    await s.run('stats', ['stats'], 0);
    await s.run('stats', ['stats', '--since', '1ms'], 0);
    for (const value of await watch.end()) s.outputs.push({ command: 'watch', value });
  },
  'records cannot be judged': async (s) => {
    const id = (n: number): string => addition.id.replace('7d', `${n}0`);
    s.put('invalid.lock', recordOf(s, { pid: 0 }));
    s.put('elsewhere.lock', recordOf(s, { wlock: { ...addition, machine: 'another', boot: 'another', host: 'far' } }));
    s.put('container.lock', recordOf(s, { wlock: { ...addition, id: id(1), pid_namespace: 'pid:[1]' } }));
    s.put('younger.lock', recordOf(s, { started_at: '1999-01-01T00:00:00+00:00' }));
    s.put('never.lock', recordOf(s, { started_at: 'never' }));
    s.put('recycled.lock', recordOf(s, { wlock: { ...addition, id: id(2), start_time: 'ticks:1' } }));
    s.put('held.lock', recordOf(s, { wlock: { ...addition, id: id(3), hold: addition.id } }));
    s.put('.wlock/alive/' + addition.id, '');
    s.put('broken.lock', '{"loop_name": "half');
    s.put('empty.lock', '');
    execFileSync('mkfifo', [path.join(s.root.running, 'fifo.lock')]);
    fs.mkdirSync(path.join(s.root.running, 'folder.lock'));
    s.put('.lock', recordOf(s));
    await s.run('list', ['list'], 0);
    await s.run('doctor', ['doctor'], 1);
    await s.run('acquire', ['acquire', '--path', 'src', '--ttl', '9s'], 3);
    await s.run('reap', ['reap', 'invalid', 'broken'], 3);
    await s.run('force-release', ['force-release', 'broken', '--yes'], 0);
    await s.run('force-release', ['force-release', 'folder', '--yes'], 1);
  },
  'a lock file may not be read': async (s) => {
    s.put('secret.lock', recordOf(s));
    fs.chmodSync(path.join(s.root.running, 'secret.lock'), 0o600);
    fs.chmodSync(s.root.running, 0o777);
    await s.run('list', ['list'], 0, asNobody);
    await s.run('check', ['check', 'docs'], 3, asNobody);
    await s.run('doctor', ['doctor'], 1, asNobody);
    await s.run('run', ['run', '--path', 'docs', '--', 'true'], 3, asNobody);
  },
  'something is asked for that cannot be': async (s) => {
    await s.run('list', ['list', '--moon'], 2);
    await s.run('list', ['moon'], 2);
    await s.run('list', [], 2);
    await s.run('acquire', ['acquire', '--path', 'src'], 2);
    await s.run('acquire', ['acquire', '--ttl', '9s'], 2);
    await s.run('acquire', ['acquire', '--path', '/', '--ttl', '9s'], 2);
    await s.run('acquire', ['acquire', '--path', '', '--ttl', '9s'], 2);
    await s.run('acquire', ['acquire', '--glob', '{a', '--ttl', '9s'], 2);
    await s.run('acquire', ['acquire', '--glob', '!a', '--ttl', '9s'], 2);
    await s.run('run', ['run', '--path', 'src'], 2);
    await s.run('run', ['run', '--path', 'src/../../x', '--', 'true'], 2);
    await s.run('list', ['list', '--root', 'nowhere'], 2);
    await s.run('release', ['release', 'nothing'], 1);
    await s.run('reap', ['reap', 'nothing'], 1);
    s.put('one.lock', recordOf(s));
    s.put('ones.lock', recordOf(s));
    await s.run('force-release', ['force-release', 'on', '--yes'], 1);
    await s.run('force-release', ['force-release', 'one'], 2);
    await s.run('release', ['release', 'one'], 1);
  },
  'the store or its configuration is unfit': async (s) => {
    fs.writeFileSync(s.root.in('.wlock.json'), '{"lopsDir": 5}');
    for (const command of ['list', 'doctor', 'reap'] as const) await s.run(command, [command], 1);
    fs.rmSync(s.root.in('.wlock.json'));
    fs.mkdirSync(path.join(s.root.running, '.acquire.lock'), { recursive: true });
    await s.run('doctor', ['doctor'], 1);
    await s.run('acquire', ['acquire', '--path', 'src', '--ttl', '9s'], 1);
    await s.run('acquire', ['acquire', '--path', 'src', '--ttl', '9s'], 1, asNobody);
    removeFolder(s.root.running);
    fs.writeFileSync(s.root.running, 'in the way');
    await s.run('list', ['list'], 1);
    await s.run('check', ['check', 'src'], 1);
  },
};

const gathered = new Map<string, Promise<readonly Output[]>>();

/** Runs a situation once, however many tests look at it. */
function outputsWhen(name: string): Promise<readonly Output[]> {
  const known = gathered.get(name);
  if (known) return known;
  const outputs = gather(name);
  gathered.set(name, outputs);
  return outputs;
}

async function gather(name: string): Promise<readonly Output[]> {
  const session = new Session();
  try {
    await situations[name]?.(session);
    return session.outputs;
  } finally {
    await session.end();
  }
}

async function allOutputs(): Promise<readonly Output[]> {
  const all: Output[] = [];
  for (const name of Object.keys(situations)) all.push(...(await outputsWhen(name)));
  return all;
}

const lockId = addition.id as LockId;
const lock = {
  id: lockId,
  protocol: 'loops',
  holder: { name: 'nightly' },
  scope: [{ kind: 'name', name: 'x' }],
  mode: 'exclusive',
  verdict: 'live',
  verdictReason: 'hold-held',
  evidence: [],
  enforced: true,
  mine: false,
  sameUser: true,
  file: '/workspace/.loops/.running/wlock-x.lock',
} as const;
const inTools = {
  ...lock,
  ownWords: 'src',
  standsFor: lockId,
  warnings: ['x'],
  activity: { status: 'running', state: 'review' },
  projections: [{ protocol: 'agentwire', file: '/x', covers: 'work' }],
  unseenBy: [{ protocol: 'openclaw', because: 'x' }],
};
const kept: KeptLock = { id: lockId, token: 'loops:1', scope: [], mode: 'exclusive', file: lock.file };
const { enforced, ...common } = lock;
const waiter = {
  ...common,
  ticket: 3,
  since: '2026-11-21T12:00:00.000Z',
  idle: false,
  waitsFor: [lockId],
  behind: ['w1'],
};
const deadlock = { members: [{ waiter: 'w1', holder: 'nightly', waitsFor: lockId }] };

/** What no command of today prints, or only in a race. */
const written: readonly Output[] = [
  { command: 'acquire', value: { version: 1, ok: true, lock: kept } },
  {
    command: 'list',
    value: {
      version: 1,
      root: '/workspace',
      locks: [lock, inTools],
      waiters: [waiter],
      conflicts: [],
      deadlocks: [deadlock],
      hints: [{ kind: 'own-tool', about: [lockId], says: 'x' }],
    },
  },
  {
    command: 'run',
    value: { version: 1, ok: false, conflict: { locks: [lock], waiter, deadlock, timedOut: true } },
  },
];

describe('The output of --json', () => {
  before(() => (holder = spawn('sleep', ['1000'])));
  after(() => void holder.kill('SIGKILL'));

  for (const name of Object.keys(situations)) {
    it(`is what the schema of the command describes when ${name}`, async () => {
      const outputs = await outputsWhen(name);
      assert.notEqual(outputs.length, 0);
      for (const { command, value } of outputs) {
        assertFits(value, 'output', command);
        assertFits(value, 'output');
      }
    });
  }

  it('will fit where it tells of the queue', () => {
    for (const { command, value } of written) assertFits(value, 'output', command);
  });

  it('is refused by the schema where any one value is of another type, so every key is described', async () => {
    let mutations = 0;
    for (const { command, value } of [...(await allOutputs()), ...written]) {
      for (const [place, mutated] of spoiltIn(value)) {
        mutations++;
        assert.ok(!fits(mutated, 'output', command), `wlock ${command}: ${place}`);
      }
    }
    assert.ok(mutations > 2_000, `${mutations} mutations`);
  });

  it('needs every definition of the schema: without any one of them some output would not fit', async () => {
    const outputs = [...(await allOutputs()), ...written];
    const definitions = Object.keys(schema('output').definitions ?? {});
    for (const name of definitions) {
      assert.ok(
        outputs.some(({ command, value }) => dependsOn(name, command, value)),
        `${name} describes nothing`,
      );
    }
  });

  it('knows every code of the program, and no other', () => {
    const modes: Readonly<Record<Mode, true>> = { exclusive: true, shared: true };
    const definitions = schema('output').definitions as Readonly<Record<string, { readonly enum?: readonly string[] }>>;
    const failure = schema('output').definitions?.['failure'] as {
      readonly properties: {
        readonly error: { readonly properties: { readonly code: { readonly enum: readonly string[] } } };
      };
    };
    const sorted = (words: readonly string[] | undefined): readonly string[] => [...(words ?? [])].sort();
    assert.deepEqual(
      sorted(failure.properties.error.properties.code.enum),
      [...new Set([...errorCodes, ...scopeErrorCodes])].sort(),
    );
    for (const [name, codes] of Object.entries({
      verdictReason: verdictReasons,
      verdict: verdicts,
      mode: Object.keys(modes),
      protocol: protocolIds,
    })) {
      assert.deepEqual(sorted(definitions[name]?.enum), sorted(codes), name);
    }
  });
});

/** Every copy of `value` in which one value, at any depth, is of another type; with its place in words. */
function* spoiltIn(value: unknown, place = ''): Iterable<readonly [place: string, spoilt: unknown]> {
  yield [place, typeof value === 'object' && value !== null ? 'spoilt' : { spoilt: true }];
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      for (const [inside, spoilt] of spoiltIn(item, `${place}[${i}]`)) yield [inside, value.with(i, spoilt)];
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      for (const [inside, spoilt] of spoiltIn(member, `${place}.${key}`)) yield [inside, { ...value, [key]: spoilt }];
    }
  }
}

/** Whether the value would not fit if nothing fitted this definition. */
function dependsOn(definition: string, command: Command, value: unknown): boolean {
  return !without(definition).validate(`output#/definitions/${command}`, value);
}

const crippled = new Map<string, Ajv>();

function without(definition: string): Ajv {
  const known = crippled.get(definition);
  if (known) return known;
  const ajv = new Ajv({ strict: false });
  addFormats(ajv);
  const output = schema('output');
  ajv.addSchema({ ...output, definitions: { ...output.definitions, [definition]: false } }, 'output');
  crippled.set(definition, ajv);
  return ajv;
}

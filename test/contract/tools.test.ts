/** The contract over other tools' formats, of which each lacks something that the `loops` store has. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Lock } from '../../src/core/lock.ts';
import { nameEntry, pathEntry, type ScopeEntry } from '../../src/core/scope/entry.ts';
import { OneLock } from '../../src/manager/tools/oneLock.ts';
import { ToolSet } from '../../src/manager/tools/toolSet.ts';
import { openNodeOs } from '../../src/os/node.ts';
import type { Os } from '../../src/os/os.ts';
import { AgentwireProtocol } from '../../src/protocols/agentwire/agentwire.ts';
import { Places } from '../../src/protocols/claudeSwarm/place.ts';
import { ClaudeSwarmProtocol } from '../../src/protocols/claudeSwarm/claudeSwarm.ts';
import { lockName } from '../../src/protocols/claudeSwarm/name.ts';
import { storeMarkOf } from '../../src/protocols/claudeSwarm/record.ts';
import { layoutOf } from '../../src/protocols/loops/layout.ts';
import { LoopsProtocol } from '../../src/protocols/loops/loops.ts';
import { OpenclawProtocol } from '../../src/protocols/openclaw/openclaw.ts';
import type { AcquireRequest, HeldElsewhere, ToolProtocol } from '../../src/protocols/protocol.ts';
import { peersFolder, pythonFile } from '../real/programs.ts';
import { livingAre } from './livingAre.ts';
import { TemporaryRoot } from '../real/temporaryRoot.ts';
import { waitFor } from '../real/waitFor.ts';
import { describeLockProtocol, type Feature, type Store } from './lockProtocolContract.ts';

const noToolHas: readonly Feature[] = [
  'nesting',
  'shared locks',
  'identity',
  'expiry',
  'transfer',
  'queue',
  'cancelling',
  'journal',
];

interface Tool {
  readonly open: (root: TemporaryRoot) => Promise<ToolProtocol>;
  readonly prepare: (root: TemporaryRoot) => void;
  readonly entry: (root: TemporaryRoot, name: string) => ScopeEntry;
  readonly leaveDead: (root: TemporaryRoot, entry: ScopeEntry) => Promise<void>;
}

const storeMark = storeMarkOf('/a/store');
const flat = (name: string): string => name.replaceAll('/', '-');

const claudeSwarm: Tool = {
  open: async (root) =>
    new ClaudeSwarmProtocol(await openNodeOs(), new Places(root.path, undefined), { fold: false }, storeMark),
  prepare: (root) => fs.mkdirSync(root.in('.agent_locks')),
  entry: (root, name) => {
    const file = root.in(`${flat(name)}.py`);
    fs.writeFileSync(file, ''); // what is a file is one word there, and what may become a folder is two
    return pathEntry(file);
  },
  leaveDead: (root, entry) => {
    const filepath = path.basename(entry.kind === 'path' ? entry.path : '');
    const record = { agent_id: 'agent-1', filepath, locked_at: Date.now() / 1_000 - 301, reason: '' };
    fs.writeFileSync(root.in('.agent_locks', lockName(filepath)), JSON.stringify(record));
    return Promise.resolve();
  },
};

const openclaw: Tool = {
  open: async (root) => new OpenclawProtocol(await openNodeOs(), { state: root.in('state'), era: 'B' }),
  prepare: (root) => fs.mkdirSync(root.in('state', 'agents', 'main'), { recursive: true }),
  entry: (_, name) => nameEntry(`openclaw:main/${flat(name)}`),
  leaveDead: (root, entry) =>
    dieHolding(root, 'openclaw_b.py', [
      '--agent=main',
      `--session=${entry.kind === 'name' ? path.basename(entry.name) : ''}`,
    ]),
};

const agentwire: Tool = {
  open: async (root) => new AgentwireProtocol(await openNodeOs(), { home: root.path }),
  prepare: (root) => fs.mkdirSync(root.in('.agentwire')),
  entry: (_, name) => nameEntry(`agentwire:${name}`),
  leaveDead: (root, entry) =>
    dieHolding(root, 'agentwire.py', [
      `--session=${entry.kind === 'name' ? entry.name.slice('agentwire:'.length) : ''}`,
    ]),
};

/** An independent peer takes the lock, and is killed. */
async function dieHolding(root: TemporaryRoot, peer: string, words: readonly string[]): Promise<void> {
  const child = spawn(pythonFile(), [path.join(peersFolder, peer), 'acquire', ...words, '--hold=60'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, HOME: root.path, OPENCLAW_STATE_DIR: root.in('state') },
  });
  const exited = once(child, 'exit');
  const [said] = (await once(child.stdout, 'data')) as readonly Buffer[];
  child.kill('SIGKILL');
  await exited;
  assert.match(String(said), /"acquired"/);
}

function openStore({ open, prepare, entry, leaveDead }: Tool): Store<HeldElsewhere, ToolProtocol> {
  const root = new TemporaryRoot();
  prepare(root);
  return {
    open: () => open(root),
    entry: (name) => entry(root, name),
    files: () => fs.readdirSync(root.path, { recursive: true }).map(String),
    leaveDead: (what) => leaveDead(root, what),
    deleteRecord: ({ files }) => {
      for (const file of files) fs.unlinkSync(file);
    },
    close: () => {
      root[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}

const describeTool = (name: string, lacks: readonly Feature[], tool: Tool): void =>
  describeLockProtocol(name, [...noToolHas, ...lacks], () => Promise.resolve(openStore(tool)));

describeTool('claude-swarm', [], claudeSwarm);
describeTool('openclaw, era B', ['reaping'], openclaw);
describeTool('agentwire', ['staleness', 'reaping', 'forcing'], agentwire);

const request = (...scope: readonly ScopeEntry[]): AcquireRequest => ({
  scope,
  mode: 'exclusive',
  holderName: 'somebody',
  session: 'ours',
  tool: 'test',
});
const rules = ({ evidence }: Lock): readonly string[] =>
  evidence.flatMap((item) => (item.kind === 'rule' ? [item.says] : []));
const only = async (protocol: ToolProtocol): Promise<Lock> => {
  const { locks } = await protocol.list();
  assert.equal(locks.length, 1);
  return locks[0] ?? assert.fail();
};
const never = new AbortController().signal;

describe('agentwire’s locks', () => {
  let root: TemporaryRoot;
  let protocol: AgentwireProtocol;
  const locks = (...names: readonly string[]): string => root.in('.agentwire', 'locks', ...names);
  const take = async (name: string): Promise<HeldElsewhere> => {
    const outcome = await protocol.acquire(request(nameEntry(`agentwire:${name}`)));
    assert.ok(outcome.kind === 'acquired');
    return outcome.held;
  };
  const peer = (...words: readonly string[]): Promise<string> => runPeer(root, 'agentwire.py', words);

  beforeEach(async () => {
    root = new TemporaryRoot();
    fs.mkdirSync(root.in('.agentwire'));
    protocol = new AgentwireProtocol(await openNodeOs(), { home: root.path });
  });
  afterEach(() => root[Symbol.dispose]());

  it('are looked for only where agentwire is at work, and nothing is made elsewhere', async () => {
    assert.equal(await protocol.isPresent(), true);
    const elsewhere = new AgentwireProtocol(await openNodeOs(), { home: root.in('nobody') });
    assert.equal(await elsewhere.isPresent(), false);
    assert.deepEqual(await elsewhere.list(), { locks: [], waiters: [] });
    assert.equal(fs.existsSync(root.in('nobody')), false);
    fs.writeFileSync(root.in('a file'), '');
    for (const home of [root.in('a file'), root.in('a file', 'below')]) {
      assert.equal(await new AgentwireProtocol(await openNodeOs(), { home }).isPresent(), false, home);
    }
  });

  it('are looked for behind a link too, as people keep their dot-folders elsewhere', async () => {
    fs.mkdirSync(root.in('home'));
    fs.symlinkSync(root.in('.agentwire'), root.in('home', '.agentwire'));
    const linked = new AgentwireProtocol(await openNodeOs(), { home: root.in('home') });
    assert.equal(await linked.isPresent(), true);
    const held = await take('main');
    assert.equal((await only(linked)).holder.pid, process.pid);
    await protocol.release(held);
  });

  it('are one file for the sessions a/b and a--b, and one name', async () => {
    const held = await take('a/b');
    assert.deepEqual(held.files, [locks('a--b.lock')]);
    assert.equal(fs.readFileSync(locks('a--b.lock'), 'utf8'), `${process.pid}\n`);
    assert.deepEqual(nameEntry('agentwire:a/b'), nameEntry('agentwire:a--b'));
    assert.equal((await protocol.acquire(request(nameEntry('agentwire:a--b')))).kind, 'conflict');
    await protocol.release(held);
  });

  it('are not those of another machine, of no name, or of a name that is too long', () => {
    const concerned = (name: string): boolean => protocol.concerns([{ kind: 'name', name }]);
    assert.equal(concerned('agentwire:main'), true);
    for (const name of ['agentwire:', 'agentwire:main@far', `agentwire:${'x'.repeat(300)}`, 'main', 'openclaw:a/b']) {
      assert.equal(concerned(name), false, name);
    }
  });

  it('are obeyed by agentwire, and obey it', async () => {
    const held = await take('main');
    assert.match(await peer('acquire', '--session=main'), /"conflict"/);
    await protocol.release(held);
    assert.match(await peer('acquire', '--session=main'), /"released"/);
  });

  it('leave their file, the same one, when they are released', async () => {
    const held = await take('main');
    const { ino } = fs.statSync(locks('main.lock'));
    await protocol.release(held);
    assert.equal(fs.statSync(locks('main.lock')).ino, ino);
    assert.deepEqual((await protocol.list()).locks, []);
  });

  it('are shown with the process that the kernel names, and with a warning once a contender has wiped its number', async () => {
    const held = await take('main');
    const before = await only(protocol);
    assert.equal(before.holder.pid, process.pid);
    assert.equal(before.ownWords, 'main');
    assert.equal(rules(before).length, 1);
    await peer('acquire', '--session=main');
    const wiped = await only(protocol);
    assert.equal(wiped.verdict, 'live');
    assert.equal(wiped.holder.pid, process.pid);
    assert.ok(wiped.warnings?.some((says) => says.includes('agentwire lock clean')));
    await protocol.release(held);
  });

  it('are lost where somebody runs “agentwire lock clean”, which the holder is told', async () => {
    const held = await take('main');
    await peer('acquire', '--session=main');
    assert.match(await peer('clean'), /"main"/);
    assert.deepEqual(await protocol.lossOf(held), { kind: 'lost-elsewhere', protocol: 'agentwire' });
    await protocol.release(held);
  });

  it('are no conflict where a living relative of ours has the same session, and one where another’s name means it', async () => {
    const held = await take('a/b');
    const ours = (name: string): Lock => ({
      ...({ id: 'x', protocol: 'loops', mode: 'exclusive', acquiredAt: 0, verdict: 'live', evidence: [] } as const),
      ...({
        verdictReason: 'hold-held',
        enforced: true,
        mine: true,
        sameUser: true,
        file: '',
        fingerprint: '',
      } as const),
      id: held.id,
      holder: { name: 'parent', pid: process.pid },
      scope: [{ kind: 'name', name }],
    });
    const outcome = async (name: string): Promise<string> => {
      const standsFor = { id: held.id, living: livingAre([ours(name)]) };
      const nested = new AgentwireProtocol(await openNodeOs(), { home: root.path });
      return (await nested.acquire({ ...request(nameEntry('agentwire:a/b')), standsFor })).kind;
    };
    assert.equal(await outcome('agentwire:a--b'), 'acquired');
    assert.equal(await outcome('agentwire:other'), 'conflict');
    await protocol.release(held);
  });

  it('are taken on the file that the path names, also where somebody deletes it at every moment', async () => {
    const os = await openNodeOs();
    let deletions = 0;
    const openLocked: typeof os.openLocked = async (file, how, mode) => {
      const fd = await os.openLocked(file, how, mode);
      if (deletions++ < 3) fs.unlinkSync(file);
      return fd;
    };
    const harassed = new AgentwireProtocol({ ...os, openLocked }, { home: root.path });
    const outcome = await harassed.acquire(request(nameEntry('agentwire:main')));
    assert.ok(outcome.kind === 'acquired');
    assert.equal(await harassed.lossOf(outcome.held), undefined);
    assert.equal((await protocol.acquire(request(nameEntry('agentwire:main')))).kind, 'conflict');
    await harassed.release(outcome.held);
  });

  it('count as perhaps held where the system does not show kernel locks', async () => {
    fs.mkdirSync(locks(), { recursive: true });
    fs.writeFileSync(locks('main.lock'), '4711\n');
    const blind = new AgentwireProtocol({ ...(await openNodeOs()), flockState: () => 'hidden' }, { home: root.path });
    const lock = await only(blind);
    assert.deepEqual([lock.verdict, lock.verdictReason, lock.holder.pid], ['unknown', 'lock-hidden', undefined]);
    assert.ok(rules(lock).some((says) => says.includes('4711')));
  });

  it('are taken where the system hides kernel locks, as the kernel still refuses', async () => {
    fs.mkdirSync(locks(), { recursive: true });
    fs.writeFileSync(locks('main.lock'), '4711\n');
    const os: Os = { ...(await openNodeOs()), flockState: () => 'hidden' };
    const caseRule = { fold: false };
    const loops = new LoopsProtocol(os, layoutOf(root.path, '.loops'), new Set(), caseRule);
    const all = new OneLock(loops, new ToolSet([new AgentwireProtocol(os, { home: root.path })], os, caseRule), true);
    const asked = request(nameEntry('agentwire:main'));
    const taken = await all.acquire(asked, never);
    assert.ok(taken.kind === 'acquired' && taken.beside);
    assert.match(await peer('acquire', '--session=main'), /"conflict"/);
    await taken.beside.release();
    await loops.release(taken.held);
    const held = await take('main');
    const refused = await all.acquire(asked, never);
    assert.deepEqual(refused.kind === 'conflict' && refused.locks.map(({ protocol }) => protocol), ['agentwire']);
    const shared = await all.acquire({ ...asked, mode: 'shared' }, never);
    assert.equal(shared.kind, 'conflict', 'nobody takes a shared one there, so the look has to do');
    await protocol.release(held);
    await loops.close();
  });

  it('are told as a conflict where the kernel refuses without showing why', async () => {
    const held = await take('main');
    const blind = new AgentwireProtocol({ ...(await openNodeOs()), flockState: () => 'free' }, { home: root.path });
    const outcome = await blind.acquire(request(nameEntry('agentwire:main')));
    assert.equal(outcome.kind === 'conflict' && outcome.locks[0]?.verdictReason, 'lock-hidden');
    await protocol.release(held);
  });

  it('are not taken where their file is none', async () => {
    fs.mkdirSync(locks('main.lock'), { recursive: true });
    fs.symlinkSync('/etc/hostname', locks('link.lock'));
    for (const name of ['main', 'link']) await assert.rejects(take(name), { code: 'store-not-writable' });
    assert.deepEqual((await protocol.list()).locks, []);
  });

  it('wake whoever watches when a peer lets go, which changes no file', async () => {
    fs.mkdirSync(locks(), { recursive: true });
    const holder = spawn(
      pythonFile(),
      [path.join(peersFolder, 'agentwire.py'), 'acquire', '--session=main', '--hold=60'],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, HOME: root.path } },
    );
    const exited = once(holder, 'exit');
    await once(holder.stdout, 'data');
    let calls = 0;
    const watch = protocol.watch(() => calls++);
    holder.kill('SIGKILL');
    await exited;
    await waitFor('a call after the death', () => calls > 0);
    watch.dispose();
  });
});

describe('openclaw’s locks', () => {
  let root: TemporaryRoot;
  let protocol: OpenclawProtocol;
  const state = (...names: readonly string[]): string => root.in('state', ...names);
  const sessions = (...names: readonly string[]): string => state('agents', 'main', 'sessions', ...names);
  const write = (record: object | string, session = 's'): string => {
    const file = sessions(`${session}.jsonl.lock`);
    fs.writeFileSync(file, typeof record === 'string' ? record : JSON.stringify(record, undefined, 2));
    return file;
  };
  const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
  const running = async (): Promise<{ pid: number; starttime: number }> => {
    const { pid, startTime = '' } = (await openNodeOs()).identity();
    return { pid, starttime: Number(startTime.slice('ticks:'.length)) };
  };
  const deadPid = 4_194_303; // above every pid of a default Linux

  beforeEach(async () => {
    root = new TemporaryRoot();
    fs.mkdirSync(sessions(), { recursive: true });
    protocol = new OpenclawProtocol(await openNodeOs(), { state: state(), era: 'B' });
  });
  afterEach(() => root[Symbol.dispose]());

  it('are only shown unless the era is known, and in era C', async () => {
    write({ ...(await running()), createdAt: ago(1) });
    for (const [era, says] of [
      [undefined, /only shown/],
      ['C', /deletes at once/],
    ] as const) {
      const shown = new OpenclawProtocol(await openNodeOs(), { state: state(), ...(era ? { era } : {}) });
      assert.match(String(shown.can.acquire), says);
      assert.equal((await only(shown)).verdict, 'live');
      await assert.rejects(shown.acquire(request(nameEntry('openclaw:main/t'))), { code: 'not-supported' });
    }
    assert.deepEqual(fs.readdirSync(sessions()), ['s.jsonl.lock']);
  });

  it('cover the session’s name and its transcript', async () => {
    write({ ...(await running()), createdAt: ago(1) }, 's-topic-1');
    const lock = await only(protocol);
    assert.deepEqual(lock.scope, [pathEntry(sessions('s-topic-1.jsonl')), nameEntry('openclaw:main/s-topic-1')]);
    assert.equal(lock.ownWords, 'main/s-topic-1');
    assert.match(lock.id, /^openclaw-[0-9a-f]{12}$/);
  });

  it('are asked for by name or by exactly the transcript’s path, and by nothing else', () => {
    const concerns = (entry: ScopeEntry): boolean => protocol.concerns([entry]);
    assert.equal(concerns(nameEntry('openclaw:main/s')), true);
    assert.equal(concerns(pathEntry(sessions('s.jsonl'))), true);
    const others = [nameEntry('openclaw:main'), nameEntry('openclaw:main/'), nameEntry('openclaw:../x/y')];
    const paths = [sessions('s.txt'), sessions(), state(), sessions('deep', 's.jsonl'), sessions('.jsonl')];
    for (const entry of [...others, nameEntry('openclaw:a/..'), ...paths.map(pathEntry)]) {
      assert.equal(concerns(entry), false, JSON.stringify(entry));
    }
  });

  it('are written as era B writes them, in one piece', async () => {
    const outcome = await protocol.acquire(request(nameEntry('openclaw:main/s')));
    assert.ok(outcome.kind === 'acquired');
    const text = fs.readFileSync(sessions('s.jsonl.lock'), 'utf8');
    const record = JSON.parse(text) as Readonly<Record<string, unknown>>;
    assert.deepEqual(Object.keys(record), ['pid', 'createdAt', 'starttime']);
    assert.equal(text, JSON.stringify(record, undefined, 2));
    assert.match(String(record['createdAt']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual({ pid: record['pid'], starttime: record['starttime'] }, await running());
    assert.match(
      await runPeer(root, 'openclaw_b.py', ['acquire', '--agent=main', '--session=s', '--wait=0']),
      /timeout/,
    );
    await protocol.release(outcome.held);
    assert.deepEqual(fs.readdirSync(sessions()), []);
  });

  it('are judged by pid and start time', async () => {
    const { pid, starttime } = await running();
    write({ pid, createdAt: ago(1), starttime }, 'same');
    write({ pid, createdAt: ago(1), starttime: starttime + 1 }, 'recycled');
    write({ pid: deadPid, createdAt: ago(1) }, 'dead');
    write({ pid: String(pid), createdAt: ago(1) }, 'wrongly typed');
    const { locks } = await protocol.list();
    assert.deepEqual(Object.fromEntries(locks.map(({ ownWords, verdictReason }) => [ownWords, verdictReason])), {
      'main/same': 'pid-running',
      'main/recycled': 'pid-recycled',
      'main/dead': 'pid-dead',
      'main/wrongly typed': 'no-sign-of-life',
    });
  });

  it('stay alive however old they are, with openclaw’s own word for that', async () => {
    write({ ...(await running()), createdAt: ago(31), maxHoldMs: 300_000 });
    const lock = await only(protocol);
    assert.equal(lock.verdict, 'live');
    assert.deepEqual(
      rules(lock).map((says) => says.split(':', 1)[0]),
      ['too-old', 'hold-exceeded'],
    );
    const outcome = await protocol.acquire(request(nameEntry('openclaw:main/s')));
    assert.deepEqual(outcome.kind === 'conflict' && outcome.locks.map(({ id }) => id), [lock.id]);
  });

  it('say what is missing in them, and what becomes of the dead', async () => {
    write({ createdAt: 'yesterday' }, 'a');
    write({ pid: deadPid, createdAt: ago(1) }, 'b');
    write('', 'c');
    write('{"pid": 1', 'd');
    const { locks } = await protocol.list();
    const said = new Map(locks.map((lock) => [lock.ownWords, rules(lock).join('; ')]));
    assert.match(said.get('main/a') ?? '', /^missing-pid: .*; invalid-createdAt: /);
    assert.match(said.get('main/b') ?? '', /gateway takes it as evidence/);
    assert.match(said.get('main/c') ?? '', /^Written .* ago: /);
    assert.deepEqual(locks.map(({ verdict }) => verdict).sort(), ['malformed', 'malformed', 'stale', 'unknown']);
  });

  it('of which one is being written are in the way', async () => {
    write('');
    const outcome = await protocol.acquire(request(nameEntry('openclaw:main/s')));
    assert.deepEqual(outcome.kind === 'conflict' && outcome.locks.map(({ verdict }) => verdict), ['malformed']);
    assert.equal(fs.readFileSync(sessions('s.jsonl.lock'), 'utf8'), '');
  });

  it('are not given back where somebody has written to them', async () => {
    const outcome = await protocol.acquire(request(nameEntry('openclaw:main/s')));
    assert.ok(outcome.kind === 'acquired');
    fs.writeFileSync(sessions('s.jsonl.lock'), '{"pid": 1}');
    await protocol.release(outcome.held);
    assert.equal(fs.readFileSync(sessions('s.jsonl.lock'), 'utf8'), '{"pid": 1}');
  });

  it('are not covered by our own lock on the transcript, with which nobody has compared the name', async () => {
    const held = await protocol.acquire(request(nameEntry('openclaw:main/s')));
    assert.ok(held.kind === 'acquired');
    const [lock] = (await protocol.list()).locks;
    assert.ok(lock);
    const living = [{ ...lock, scope: [nameEntry('openclaw:main/s')] }];
    const kindFor = async (entry: ScopeEntry): Promise<string> =>
      (await protocol.acquire({ ...request(entry), standsFor: { id: lock.id, living: livingAre(living) } })).kind;
    assert.equal(await kindFor(pathEntry(sessions('s.jsonl'))), 'conflict');
    assert.equal(await kindFor(nameEntry('openclaw:main/s')), 'acquired');
    await protocol.release(held.held);
  });

  it('leave nothing of ours behind: what a crash left goes with the next lock', async () => {
    const left = sessions('wlock-crashed.tmp');
    fs.writeFileSync(left, '');
    const os = await openNodeOs();
    const later = new OpenclawProtocol({ ...os, now: () => os.now() + 120_000 }, { state: state(), era: 'B' });
    const outcome = await later.acquire(request(nameEntry('openclaw:main/s')));
    assert.ok(outcome.kind === 'acquired');
    assert.equal(fs.existsSync(left), false);
    await later.release(outcome.held);
  });
});

describe('claude-swarm’s agents', () => {
  let root: TemporaryRoot;
  beforeEach(() => {
    root = new TemporaryRoot();
    claudeSwarm.prepare(root);
  });
  afterEach(() => root[Symbol.dispose]());

  it('obey our locks, and are obeyed, also by pattern', async () => {
    const protocol = await claudeSwarm.open(root);
    await protocol.isPresent();
    const entry = claudeSwarm.entry(root, 'a');
    const swarm = (...words: readonly string[]): Promise<string> =>
      runPeer(root, 'claude_swarm.py', [`--root=${root.path}`, ...words]);
    const outcome = await protocol.acquire(request(entry), never);
    assert.ok(outcome.kind === 'acquired');
    assert.match(await swarm('acquire', '--agent=x', '--file=a.py'), /"conflict"/);
    assert.match(await swarm('acquire', '--agent=x', '--file=*.py'), /"conflict"/);
    await protocol.release(outcome.held);
    assert.match(await swarm('acquire', '--agent=x', '--file=*.py'), /"acquired"/);
    const refused = await protocol.acquire(request(entry), never);
    assert.deepEqual(refused.kind === 'conflict' && refused.locks.map(({ ownWords }) => ownWords), ['*.py']);
    await swarm('release', '--agent=x', '--file=*.py');
    assert.deepEqual((await protocol.list()).locks, []);
  });
});

/** What it prints. */
async function runPeer(root: TemporaryRoot, peer: string, words: readonly string[]): Promise<string> {
  const child = spawn(pythonFile(), [path.join(peersFolder, peer), ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, HOME: root.path, OPENCLAW_STATE_DIR: root.in('state') },
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  await once(child, 'close');
  return output;
}

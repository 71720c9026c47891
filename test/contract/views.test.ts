/** What every lock format promises to those who look at what its own tool has locked: one suite over all of them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { blocks, type Lock, type ProtocolId } from '../../src/core/lock.ts';
import { nameEntry, pathEntry, type ScopeEntry } from '../../src/core/scope/entry.ts';
import { openNodeOs } from '../../src/os/node.ts';
import { AgentwireProtocol } from '../../src/protocols/agentwire/agentwire.ts';
import { ClaudeSwarmProtocol } from '../../src/protocols/claudeSwarm/claudeSwarm.ts';
import { Places } from '../../src/protocols/claudeSwarm/place.ts';
import { storeMarkOf } from '../../src/protocols/claudeSwarm/record.ts';
import { DeclaredProtocol } from '../../src/protocols/declared/declared.ts';
import { layoutOf } from '../../src/protocols/loops/layout.ts';
import { LoopsProtocol } from '../../src/protocols/loops/loops.ts';
import { OpenclawProtocol } from '../../src/protocols/openclaw/openclaw.ts';
import type { AcquireRequest, HeldAnywhere, LockProtocol } from '../../src/protocols/protocol.ts';
import { Started, type StartedProgram } from '../real/started.ts';
import { TemporaryRoot } from '../real/temporaryRoot.ts';
import { ToolHome } from '../real/tools.ts';
import { waitFor } from '../real/waitFor.ts';

type AnyProtocol = Pick<LockProtocol<HeldAnywhere>, 'can' | 'list' | 'watch' | 'acquire' | 'reap' | 'forceRelease'>;

interface Format {
  readonly open: (root: TemporaryRoot, tools: ToolHome) => Promise<AnyProtocol>;
  /** The tool's own program takes a lock, and has it until it is ended by SIGTERM. */
  readonly hold: (tools: ToolHome, started: Started, root: TemporaryRoot) => Promise<StartedProgram>;
  /** What it has locked. */
  readonly entry: (root: TemporaryRoot) => ScopeEntry;
  /** What is to be seen once its process has been killed; claude-swarm's records know of no process (PROTOCOLS 2.4). */
  readonly whenKilled: 'stale' | 'gone' | 'live';
}

const caseRule = { fold: false };

const peer =
  (tool: Parameters<ToolHome['start']>[0]): Format['hold'] =>
  async (tools) => {
    const program = tools.start(tool, 1_000);
    await waitFor(`${tool} holds`, () => program.output.includes('acquired'));
    return program;
  };
const source = (root: TemporaryRoot): ScopeEntry => pathEntry(root.in('src', 'a.py'));

const formats: Readonly<Record<Exclude<ProtocolId, 'etcd'>, Format>> = {
  loops: {
    open: async (root) => new LoopsProtocol(await openNodeOs(), layoutOf(root.path, '.loops'), new Set(), caseRule),
    hold: peer('little-loops'),
    entry: source,
    whenKilled: 'stale',
  },
  'claude-swarm': {
    open: async (root) =>
      new ClaudeSwarmProtocol(await openNodeOs(), new Places(root.path, undefined), caseRule, storeMarkOf('/a/store')),
    hold: peer('claude-swarm'),
    entry: source,
    whenKilled: 'live',
  },
  openclaw: {
    open: async (_, { home }) =>
      new OpenclawProtocol(await openNodeOs(), { state: path.join(home, '.openclaw'), era: 'B' }),
    hold: peer('openclaw'),
    entry: () => nameEntry('openclaw:main/work'),
    whenKilled: 'stale',
  },
  agentwire: {
    open: async (_, { home }) => new AgentwireProtocol(await openNodeOs(), { home }),
    hold: peer('agentwire'),
    entry: () => nameEntry('agentwire:work'),
    whenKilled: 'gone',
  },
  declared: {
    open: async (root) => {
      const declaration = {
        name: 'indexer',
        files: 'run/*.pid',
        entry: 'file',
        pattern: '^(?<pid>\\d+)',
        pid: 'pid',
        scopeAs: 'path',
        scopeEnding: '.pid',
      } as const;
      return new DeclaredProtocol(await openNodeOs(), [declaration], root.path, caseRule);
    },
    hold: async (_, started, root) => {
      fs.mkdirSync(root.in('run'), { recursive: true });
      const shell =
        'echo $$ > run/a.pid; trap "rm -f run/a.pid; exit" TERM; echo acquired; while :; do sleep 0.05; done';
      const program = started.add(spawn('sh', ['-c', shell], { cwd: root.path }));
      await waitFor('it holds', () => program.output.includes('acquired'));
      return program;
    },
    entry: (root) => pathEntry(root.in('run', 'a')),
    whenKilled: 'stale',
  },
};

for (const [id, format] of Object.entries(formats)) {
  describe(`Locks of ${id}’s own tool`, () => {
    let root: TemporaryRoot;
    let started: Started;
    let tools: ToolHome;
    let protocol: AnyProtocol;
    beforeEach(async () => {
      root = new TemporaryRoot();
      started = new Started();
      tools = new ToolHome(root, started);
      protocol = await format.open(root, tools);
    });
    afterEach(async () => {
      await started.endAll();
      root[Symbol.dispose]();
    });

    const hold = (): Promise<StartedProgram> => format.hold(tools, started, root);
    const list = async (): Promise<readonly Lock[]> => (await protocol.list()).locks;
    const only = async (): Promise<Lock> => {
      const [lock, ...others] = await list();
      assert.ok(lock && others.length === 0, `${others.length + 1} locks`);
      return lock;
    };
    const request = (): AcquireRequest => ({
      scope: [format.entry(root)],
      mode: 'exclusive',
      holderName: 'somebody',
      session: 'ours',
      tool: 'contract',
    });
    const files = (): readonly string[] => fs.readdirSync(root.path, { recursive: true }).map(String).sort();
    const isSentence = /^[^.].*\.$/;

    it('are shown with holder, verdict and how that is known; and nothing is created by looking', async () => {
      await hold();
      const before = files();
      const lock = await only();
      assert.deepEqual([lock.protocol, lock.verdict, lock.mine], [id, 'live', false]);
      assert.notEqual(lock.holder.name, '');
      assert.ok(lock.evidence.length > 0);
      assert.ok(lock.file.startsWith(root.path));
      assert.deepEqual(files(), before);
    });

    it('are seen to come and go', async () => {
      let calls = 0;
      const watch = protocol.watch(() => calls++);
      const program = await hold();
      await waitFor('a call when it comes', () => calls > 0);
      const afterwards = calls;
      program.kill('SIGTERM');
      await waitFor('a call when it goes', () => calls > afterwards);
      await program.ended();
      watch.dispose();
      assert.deepEqual((await list()).filter(blocks), []);
    });

    it(`are ${format.whenKilled} when its process is killed`, async () => {
      const program = await hold();
      program.kill('SIGKILL');
      await program.ended();
      assert.deepEqual(
        (await list()).map(({ verdict }) => verdict),
        format.whenKilled === 'gone' ? [] : [format.whenKilled],
      );
    });

    it('refuse ours by name, or it is said why ours are not taken there', async () => {
      await hold();
      const before = await only();
      if (protocol.can.acquire === true) {
        const outcome = await protocol.acquire(request(), new AbortController().signal);
        assert.deepEqual(outcome.kind === 'conflict' && outcome.locks.map((lock) => lock.id), [before.id]);
      } else {
        assert.match(protocol.can.acquire, isSentence);
        await assert.rejects(protocol.acquire(request(), new AbortController().signal), { code: 'not-supported' });
      }
      assert.equal((await only()).fingerprint, before.fingerprint);
    });

    it('are not reaped while they live, or it is said why they never are', async () => {
      await hold();
      const lock = await only();
      if (protocol.can.reap === true) assert.equal((await protocol.reap(lock)).kind, 'still-live');
      else {
        assert.match(protocol.can.reap, isSentence);
        await assert.rejects(protocol.reap(lock), { code: 'not-supported' });
      }
      assert.equal((await only()).verdict, 'live');
    });

    it('are force-released while they are there, or it is said why never', async () => {
      const program = await hold();
      const seen = await only();
      if (protocol.can.forceRelease !== true) {
        assert.match(protocol.can.forceRelease, isSentence);
        await assert.rejects(protocol.forceRelease(seen, 'forced'), { code: 'not-supported' });
        return;
      }
      program.kill('SIGTERM');
      await program.ended();
      assert.equal((await protocol.forceRelease(seen, 'forced')).kind, 'gone');
      await hold();
      assert.equal((await protocol.forceRelease(await only(), 'forced')).kind, 'released');
      assert.deepEqual(await list(), []);
    });
  });
}

/** What released versions left on disks is read by today's code, each file as it was meant. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Lock, LockId } from '../../src/core/lock.ts';
import type { ScopeEntry } from '../../src/core/scope/entry.ts';
import type { ProcessState } from '../../src/core/verdict.ts';
import { openNodeOs, type NodeOs } from '../../src/os/node.ts';
import { drive, type Os } from '../../src/os/os.ts';
import { nextToken } from '../../src/protocols/loops/fence.ts';
import { lastEventOf } from '../../src/protocols/loops/journal.ts';
import { layoutOf } from '../../src/protocols/loops/layout.ts';
import { LoopsProtocol } from '../../src/protocols/loops/loops.ts';
import { encodeRecord } from '../../src/protocols/loops/encodeRecord.ts';
import { decodeRecord } from '../../src/protocols/loops/record.ts';
import { fixture, recordNames, writer } from '../formats/fixtures.ts';
import { assertFits, fits } from '../formats/schemas.ts';
import { TemporaryRoot } from '../real/temporaryRoot.ts';

interface Expected {
  readonly id: string;
  readonly holder: string;
  readonly tool: string;
  readonly scope: readonly ScopeEntry[];
  readonly mode: Lock['mode'];
  readonly token?: number;
  readonly session?: string;
  readonly reason?: string;
  readonly acquiredAt: string;
  readonly renewedAt?: string;
  readonly expiresAt?: string;
  /** Its hold's file; without one it is little-loops' own record. */
  readonly hold?: string;
}

const src: ScopeEntry = { kind: 'path', path: '/workspace/src' };
const docs: ScopeEntry = { kind: 'path', path: '/workspace/docs' };
const alice = {
  id: '8123a78a-cdcb-477b-b356-837b6edaac32',
  holder: 'alice',
  tool: 'VS Code',
  scope: [src],
  mode: 'exclusive',
  token: 1795264719268006,
  acquiredAt: '2026-11-21T12:38:40.374Z',
  expiresAt: '2026-11-21T12:48:40.376Z',
} as const;

const records01: Readonly<Record<string, Expected>> = {
  'plain.lock': {
    id: '69c2e90c-162e-4054-b094-17535b7332eb',
    holder: 'nightly',
    tool: 'wlock run',
    scope: [src],
    mode: 'exclusive',
    token: 1795264719268000,
    session: '4d82bb6f-2ce3-4930-82a3-db34de7cb366',
    reason: 'regenerating the API',
    acquiredAt: '2026-11-21T12:38:39.268Z',
    hold: '55e4ba2d-6483-41b5-9e92-d24aab9221d0',
  },
  'shared.lock': {
    id: '5e1d17c3-8ada-4e9f-9698-429e15f0a045',
    holder: 'reader',
    tool: 'wlock run',
    scope: [docs, { kind: 'path', path: '/workspace/src/api' }],
    mode: 'shared',
    token: 1795264719268001,
    session: 'e998a37c-54ae-48ca-a65d-1bbf7432a715',
    acquiredAt: '2026-11-21T12:38:39.364Z',
    hold: '156e41a3-2f27-4e02-b4ba-4dca1fa5e7e0',
  },
  'glob.lock': {
    id: '29757345-ddc9-473f-8cad-75e230115470',
    holder: 'formatter',
    tool: 'wlock run',
    scope: [{ kind: 'glob', base: '/workspace/src', pattern: '**/*.{ts,js}' }],
    mode: 'exclusive',
    token: 1795264719268002,
    session: '09fcd83c-0230-4c90-bb67-d049e602e68c',
    acquiredAt: '2026-11-21T12:38:39.459Z',
    hold: '0719d006-6242-4306-9125-0ff0569733f6',
  },
  'name.lock': {
    id: '0581591f-2720-4bfd-8449-13529188181e',
    holder: 'agent',
    tool: 'wlock run',
    scope: [{ kind: 'name', name: 'session 1' }],
    mode: 'exclusive',
    token: 1795264719268003,
    session: '98acf45c-4221-4393-a205-c958147aa9b8',
    acquiredAt: '2026-11-21T12:38:39.552Z',
    hold: '25810afc-dee8-4a9e-9dec-4305f0daf621',
  },
  'ttl.lock': {
    id: '40c95c22-f583-4253-8251-4d4662e2dab1',
    holder: 'alice',
    tool: 'wlock acquire',
    scope: [src],
    mode: 'exclusive',
    token: 1795264719268004,
    session: 'session-of-a-shell',
    acquiredAt: '2026-11-21T12:38:39.722Z',
    expiresAt: '2026-11-21T12:48:39.722Z',
    hold: '8fcaf815-5ba5-4700-a82d-dcc213dee87c',
  },
  'renewed.lock': {
    ...alice,
    session: 'window-1',
    renewedAt: '2026-11-21T12:38:40.376Z',
    hold: 'd719d240-70e0-48ed-a65d-7896ddbdc00d',
  },
  'transferred.lock': {
    ...alice,
    session: 'window-2',
    renewedAt: '2026-11-21T12:38:40.379Z',
    hold: '096519b4-f696-4da1-89a3-a2e7b4d4db0f',
  },
  'nightly-20261121T123840.lock': {
    id: 'nightly-20261121T123840',
    holder: 'nightly',
    tool: 'little-loops',
    scope: [src],
    mode: 'exclusive',
    acquiredAt: '2026-11-21T12:38:40.470Z',
  },
  'daily-20261121T123840.lock': {
    id: 'daily-20261121T123840',
    holder: 'daily',
    tool: 'little-loops',
    scope: [docs, src],
    mode: 'exclusive',
    acquiredAt: '2026-11-21T12:38:40.470Z',
  },
  'weekly.lock': {
    id: 'weekly',
    holder: 'weekly',
    tool: 'little-loops',
    scope: [{ kind: 'path', path: '/workspace' }],
    mode: 'exclusive',
    acquiredAt: '2026-11-21T12:38:40.470Z',
  },
};

/** What the machine says of the writer, and what follows. */
interface Situation {
  readonly when: string;
  readonly hold: 'held' | 'released' | 'missing';
  readonly process: ProcessState;
  readonly elsewhere?: { readonly machineId?: string; readonly bootId: string };
  readonly ours: readonly [Lock['verdict'], Lock['verdictReason']];
  readonly littleLoops: readonly [Lock['verdict'], Lock['verdictReason']];
}

const running: ProcessState = { state: 'running', startTime: writer.startTime };
const gone: ProcessState = { state: 'gone' };
const dead = ['stale', 'pid-dead'] as const;
const alive = ['live', 'pid-running'] as const;

const situations: readonly Situation[] = [
  { when: 'its hold is held', hold: 'held', process: running, ours: ['live', 'hold-held'], littleLoops: alive },
  {
    when: 'its process is gone, but what that started has its hold',
    hold: 'held',
    process: gone,
    ours: ['live', 'hold-held'],
    littleLoops: dead,
  },
  {
    when: 'its hold is free, although a process has its number',
    hold: 'released',
    process: running,
    ours: ['stale', 'hold-released'],
    littleLoops: alive,
  },
  { when: 'its hold was deleted', hold: 'missing', process: running, ours: alive, littleLoops: alive },
  { when: 'its hold was deleted and it is gone', hold: 'missing', process: gone, ours: dead, littleLoops: dead },
  {
    when: 'its hold was deleted and its number is another process now',
    hold: 'missing',
    process: { state: 'running', startTime: 'ticks:1' },
    ours: ['stale', 'pid-recycled'],
    littleLoops: alive,
  },
  {
    when: 'the machine was started again',
    hold: 'missing',
    process: running,
    elsewhere: { bootId: 'another' },
    ours: ['stale', 'rebooted'],
    littleLoops: alive,
  },
  {
    when: 'it was written on another machine',
    hold: 'missing',
    process: gone,
    elsewhere: { machineId: 'another', bootId: 'another' },
    ours: ['unknown', 'other-machine'],
    littleLoops: dead,
  },
];

describe('The formats of version 0.1', () => {
  let node: NodeOs;
  let root: TemporaryRoot;
  before(async () => {
    node = await openNodeOs();
  });
  beforeEach(() => {
    root = new TemporaryRoot();
    fs.mkdirSync(layout().alive, { recursive: true });
  });
  afterEach(() => root[Symbol.dispose]());

  const layout = (): ReturnType<typeof layoutOf> => layoutOf(root.path, '.loops');
  /** The writer's own machine, where it is as the situation says. */
  const machine = ({ hold, process, elsewhere }: Situation): Os => ({
    ...node,
    identity: () => ({ ...node.identity(), ...writer, ...elsewhere }),
    process: () => process,
    openLocked: (file, how, mode) => (hold === 'held' ? undefined : node.openLocked(file, how, mode)),
  });
  const observed = async (name: string, situation: Situation): Promise<Lock> => {
    const expected = records01[name];
    const file = expected?.hold === undefined ? name : `wlock-${name}`;
    fs.writeFileSync(path.join(root.running, file), fixture(`0.1/records/${name}`).replaceAll('/workspace', root.path));
    if (expected?.hold !== undefined && situation.hold !== 'missing') {
      fs.writeFileSync(path.join(layout().alive, expected.hold), '');
    }
    const protocol = new LoopsProtocol(machine(situation), layout(), new Set(['window-2']), { fold: false });
    const [lock, another] = (await protocol.list()).locks;
    assert.ok(lock && !another);
    return lock;
  };
  const iso = (time: number | undefined): string | undefined =>
    time === undefined ? undefined : new Date(time).toISOString();

  it('are all read here', () => {
    assert.deepEqual(recordNames('0.1'), Object.keys(records01).sort());
  });

  for (const [name, expected] of Object.entries(records01)) {
    it(`: the record ${name} is the lock that was meant`, async () => {
      const [situation] = situations;
      assert.ok(situation);
      const lock = await observed(name, situation);
      const { hold, scope, holder, tool, token, ...rest } = expected;
      const seen = {
        id: lock.id,
        holder: lock.holder.name,
        tool: lock.holder.tool,
        mode: lock.mode,
        acquiredAt: iso(lock.acquiredAt),
        renewedAt: iso(lock.renewedAt),
        expiresAt: iso(lock.expiresAt),
        session: lock.session,
        reason: lock.reason,
        token: lock.token,
      };
      const absent = { renewedAt: undefined, expiresAt: undefined, session: undefined, reason: undefined };
      assert.deepEqual(seen, {
        ...absent,
        ...rest,
        holder,
        tool,
        token: token === undefined ? undefined : `loops:${token}`,
      });
      const here = JSON.parse(JSON.stringify(scope).replaceAll('/workspace', root.path)) as Lock['scope'];
      assert.deepEqual(lock.scope, here);
      assert.deepEqual(
        [lock.holder.pid, lock.enforced, lock.mine],
        [writer.pid, true, expected.session === 'window-2'],
      );
    });

    for (const situation of situations) {
      const [verdict, reason] = expected.hold === undefined ? situation.littleLoops : situation.ours;
      it(`: the record ${name} is ${verdict} (${reason}) when ${situation.when}`, async () => {
        const lock = await observed(name, situation);
        assert.deepEqual([lock.verdict, lock.verdictReason], [verdict, reason]);
        assert.notEqual(lock.evidence.length, 0);
      });
    }

    it(`: the record ${name} is what the schema describes`, () => {
      assertFits(JSON.parse(fixture(`0.1/records/${name}`)), 'record');
    });
  }

  it(': our records are still written in the same words, so that version 0.1 reads them', () => {
    for (const [name, { hold }] of Object.entries(records01)) {
      if (hold === undefined) continue;
      const text = fixture(`0.1/records/${name}`);
      const decoded = decodeRecord(Buffer.from(text));
      assert.ok(decoded.kind === 'record');
      const { extra, startedAt } = decoded.record;
      assert.ok(extra && startedAt !== undefined);
      const today: unknown = JSON.parse(encodeRecord({ ...decoded.record, extra, startedAt }));
      assert.deepEqual(today, JSON.parse(text));
      assertFits(today, 'record');
    }
  });

  it(': the fence goes on counting, above what was reserved after a new start of the machine', async () => {
    fs.writeFileSync(layout().fence, fixture('0.1/fence'));
    const sameBoot = { ...node, identity: () => ({ ...node.identity(), ...writer }) };
    assert.equal(await drive(sameBoot, nextToken(layout(), [])), 1795264719268007);
    fs.writeFileSync(layout().fence, fixture('0.1/fence'));
    const nextBoot = { ...node, identity: () => ({ ...node.identity(), ...writer, bootId: 'another' }) };
    assert.equal(await drive(nextBoot, nextToken(layout(), [])), 1795264719269000);
  });

  it(': the journal tells how each lock ended, and by whom', async () => {
    fs.writeFileSync(layout().journal, fixture('0.1/journal.jsonl'));
    const last = async (id: string): Promise<unknown> => {
      const line = await drive(node, lastEventOf(layout(), id as LockId));
      return line && [line.event, line.holder, line.by, iso(line.at)];
    };
    assert.deepEqual(await last('69c2e90c-162e-4054-b094-17535b7332eb'), [
      'released',
      'nightly',
      'its holder, pid 4711',
      '2026-11-21T12:38:39.281Z',
    ]);
    assert.deepEqual(await last('40c95c22-f583-4253-8251-4d4662e2dab1'), [
      'forced',
      'alice',
      'alice, pid 4711',
      '2026-11-21T12:38:39.813Z',
    ]);
    assert.deepEqual(await last('49c4f6f1-2fc5-412b-b860-fb219b33a6c1'), [
      'reaped',
      'doomed',
      'alice, pid 4711',
      '2026-11-21T12:38:40.362Z',
    ]);
    assert.equal(await last('00000000-0000-4000-8000-000000000000'), undefined);
  });

  it(': the journal has one of each event that it knew', () => {
    const lines = fixture('0.1/journal.jsonl').trimEnd().split('\n');
    const events = new Set(lines.map((line) => (JSON.parse(line) as { event: string }).event));
    assert.deepEqual([...events].sort(), ['acquired', 'forced', 'reaped', 'released', 'renewed', 'transferred']);
  });

  it(': the gate is empty, and no lock', async () => {
    fs.writeFileSync(layout().gate, fixture('0.1/gate'));
    assert.equal(fs.statSync(layout().gate).size, 0);
    const protocol = new LoopsProtocol(node, layout(), new Set(), { fold: false });
    assert.deepEqual(await protocol.list(), { locks: [], waiters: [] });
  });
});

describe('The schema of records', () => {
  it('refuses what today’s code would not write', () => {
    const record = JSON.parse(fixture('0.1/records/ttl.lock')) as { wlock: object };
    assertFits({ ...record, wlock: { ...record.wlock, ttl_ms: 600_000, more: 1 }, more: 1 }, 'record');
    for (const change of [
      { version: 2 },
      { id: 'x' },
      { revision: -1 },
      { token: 1.5 },
      { mode: 'SHARED' },
      { scope: ['/w'] },
      { scope: [{ kind: 'orbit' }] },
      { hold: '../x' },
      { expires_at: 'soon' },
      { ttl_ms: '10m' },
    ]) {
      assert.ok(!fits({ ...record, wlock: { ...record.wlock, ...change } }, 'record'), JSON.stringify(change));
    }
    for (const change of [{ pid: '4711' }, { pid: 0 }, { scope: '/w' }, { loop_name: 5 }, { started_at: 'never' }]) {
      assert.ok(!fits({ ...record, ...change }, 'record'), JSON.stringify(change));
    }
    assert.ok(!fits(JSON.parse(fixture('newer/tomorrow.lock')), 'record'), 'a newer version has its own schema');
  });
});

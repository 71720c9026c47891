/** One function a kind of input: makes a case of it from a random source, feeds it to the shipped code, and judges. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Lock, LockId } from '../../src/core/lock.ts';
import { covers } from '../../src/core/scope/covers.ts';
import { globEntry, nameEntry, pathEntry, type ScopeEntry } from '../../src/core/scope/entry.ts';
import { scopesOverlap } from '../../src/core/scope/overlap.ts';
import { readScope } from '../../src/core/scope/readScope.ts';
import { describeScope } from '../../src/core/sentences.ts';
import { configurationName, readConfiguration } from '../../src/manager/configuration/configuration.ts';
import { lossSentence } from '../../src/manager/lossSentence.ts';
import { listLocks as listSessions } from '../../src/protocols/agentwire/list.ts';
import { listPlace } from '../../src/protocols/claudeSwarm/list.ts';
import { encode } from '../../src/protocols/claudeSwarm/record.ts';
import type { Declaration } from '../../src/protocols/declared/declaration.ts';
import { listDeclared } from '../../src/protocols/declared/list.ts';
import { acquire } from '../../src/protocols/loops/acquire.ts';
import { nowhere } from '../../src/protocols/loops/elsewhere.ts';
import { RingingBell } from '../../src/protocols/loops/bell.ts';
import { nextToken } from '../../src/protocols/loops/fence.ts';
import { lastEventOf, readJournal } from '../../src/protocols/loops/journal.ts';
import { layoutOf } from '../../src/protocols/loops/layout.ts';
import { listStore } from '../../src/protocols/loops/list.ts';
import { endOf } from '../../src/protocols/loops/loss.ts';
import type { Observer } from '../../src/protocols/loops/observe.ts';
import { decodeRecord, maxRecordBytes } from '../../src/protocols/loops/record.ts';
import { GateRecords } from '../../src/protocols/loops/gateRecords.ts';
import { Refusals } from '../../src/protocols/loops/refusals.ts';
import { forceRelease, reap } from '../../src/protocols/loops/remove.ts';
import { takeRequest } from '../../src/protocols/loops/requests.ts';
import { Turn } from '../../src/protocols/loops/turn.ts';
import { listLocks as listTranscripts } from '../../src/protocols/openclaw/list.ts';
import type { Listing } from '../../src/protocols/protocol.ts';
import { scopesMeet } from '../../src/protocols/scopesMeet.ts';
import { fixture, recordNames, writer } from '../formats/fixtures.ts';
import { driveNow } from './driveNow.ts';
import { canonicalPath, hostilePath, hostilePattern, hostileText } from './hostileText.ts';
import { Breach, identity, MemoryOs, type Node } from './memoryOs.ts';
import { mutateBytes, mutateJson, type Json } from './mutateJson.ts';
import type { Random } from './random.ts';
import { assertListingSafe, assertRefusal, assertSafe } from './shown.ts';

const { root } = writer;
const layout = layoutOf(root, '.loops');
const observer: Observer = { layout, identity, caseRule: { fold: false }, sessions: new Set(['mine']) };
const id = '29757345-ddc9-473f-8cad-75e230115470' as LockId;

const records: readonly string[] = recordNames('0.1').map((name) => fixture(`0.1/records/${name}`));
const journal = fixture('0.1/journal.jsonl');
const fence = fixture('0.1/fence');
const ticket = JSON.stringify({ ...parse(records[0] ?? ''), wlock: { ...extraOf(records[0] ?? ''), id, ticket: 7 } });
const theirEntry = JSON.stringify({
  id: 'nightly',
  loopName: 'nightly',
  enqueuedAt: '2026-11-21T12:38:39+00:00',
  context: { waitingFor: ['daily'], scope: [`${root}/src`], pid: writer.pid },
});

export const kinds = {
  record: oneRecord,
  ticket: oneTicket,
  request: oneRequest,
  fence: oneFence,
  journal: oneJournal,
  'their queue': oneOfTheirQueue,
  configuration: oneConfiguration,
  scope: twoScopes,
  directory: wholeDirectory,
  'other tools': otherTools,
} as const satisfies Readonly<Record<string, (random: Random) => void>>;

export type Kind = keyof typeof kinds;

function parse(text: string): { readonly [key: string]: Json } {
  return JSON.parse(text) as { readonly [key: string]: Json };
}

function extraOf(text: string): { readonly [key: string]: Json } {
  return parse(text)['wlock'] as { readonly [key: string]: Json };
}

function spoiled(text: string, random: Random): Buffer {
  if (random.chance(0.1)) return mutateBytes(text, random);
  return mutateBytes(JSON.stringify(mutateJson(parse(text), random, root)), random);
}

function oneRecord(random: Random): void {
  const bytes = spoiled(random.pick(records), random);
  const decoded = decodeRecord(bytes);
  if (decoded.kind === 'malformed') assertSafe(decoded.problem, 100, 'the problem');
  const store = new MemoryOs();
  store.put(path.join(layout.running, 'x.lock'), { kind: 'file', bytes });
  list(store);
}

function oneTicket(random: Random): void {
  const store = new MemoryOs();
  store.put(path.join(layout.queue, `00000007-${id}.json`), { kind: 'file', bytes: spoiled(ticket, random) });
  list(store);
}

function oneRequest(random: Random): void {
  const store = new MemoryOs();
  const bytes = spoiled(JSON.stringify({ version: 1, ttl_ms: 60_000 }), random);
  store.put(path.join(layout.requests, `${id}.json`), { kind: 'file', bytes });
  const taken = driveNow(store, takeRequest(layout, id));
  if (taken && !(taken.ttlMs > 0 && Number.isFinite(taken.ttlMs))) throw new Breach(`a TTL of ${taken.ttlMs} ms`);
  store.assertAllClosed();
}

function oneFence(random: Random): void {
  const store = new MemoryOs();
  const bytes = mutateBytes(random.chance(0.5) ? fence : fence.replace(/\d{8}/, hostileText(random)), random);
  store.put(layout.fence, random.chance(0.9) ? { kind: 'file', bytes } : otherKind(random));
  const tokens = [0, 1].map(() => {
    try {
      return driveNow(store, nextToken(layout, [5, 2 ** 53]));
    } catch (error) {
      assertRefusal(error, ['store-not-writable']);
      return undefined;
    }
  });
  const [first, second] = tokens;
  if (first !== undefined && !(Number.isSafeInteger(first) && second !== undefined && second > first)) {
    throw new Breach(`tokens ${tokens.join(', ')}`);
  }
  store.assertAllClosed();
}

function oneJournal(random: Random): void {
  const store = new MemoryOs();
  const lines = journal.trimEnd().split('\n');
  const text = Array.from({ length: random.few(20) }, () => spoiled(random.pick(lines), random));
  const bytes = Buffer.concat(text.flatMap((line) => [line, Buffer.from('\n')]));
  store.put(layout.journal, { kind: 'file', bytes });
  for (const line of driveNow(store, readJournal(layout))) {
    if (Number.isNaN(line.at)) throw new Breach('a time that is none');
    driveNow(store, lastEventOf(layout, line.id));
    assertSafe(lossSentence(driveNow(store, endOf(layout, line.id))), 400, 'the loss');
  }
  store.assertAllClosed();
}

function oneOfTheirQueue(random: Random): void {
  const store = new MemoryOs();
  const name = `${hostileText(random).replaceAll(/[/\0]/g, '').slice(0, 60)}.json`;
  store.put(path.join(layout.theirQueue, name), { kind: 'file', bytes: spoiled(theirEntry, random) });
  list(store);
}

let folder: string | undefined;

/** On a disk, because the reader of configurations knows no port. */
function oneConfiguration(random: Random): void {
  folder ??= temporaryFolder();
  const text = JSON.stringify({ $schema: 'x', loopsDir: random.chance(0.5) ? 'loops' : hostilePath(random, '.') });
  fs.writeFileSync(path.join(folder, configurationName), spoiled(text, random));
  try {
    const { loopsDir } = readConfiguration(folder);
    if (loopsDir === undefined) return;
    const below = path.relative(folder, path.resolve(folder, loopsDir));
    if (below === '..' || below.startsWith('../')) throw new Breach(`out to ${loopsDir}`);
  } catch (error) {
    assertRefusal(error, ['bad-configuration']);
  }
}

function temporaryFolder(): string {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'wlock-fuzz-'));
  process.once('exit', () => fs.rmSync(made, { recursive: true, force: true }));
  return made;
}

function twoScopes(random: Random): void {
  const typed = random.pick([hostilePattern, hostileText])(random);
  const options = random.pick([
    { as: 'path' },
    { as: 'glob' },
    { as: 'name' },
    { as: 'scope', exists: () => random.chance(0.5) },
  ] as const);
  try {
    readScope(typed, options);
  } catch (error) {
    // Neither a scope's message nor its hint is escaped, as they quote what was typed; its printer does that.
    if (!(error instanceof Error) || error.name !== 'ScopeError') throw error;
  }
  const [left, right] = [scope(random), scope(random)];
  const rule = { fold: random.chance(0.3) };
  scopesOverlap(left, right, rule);
  const file = canonicalPath(random, root);
  for (const entry of left) covers(entry, file, rule);
  assertSafe(describeScope(left, root), 1_000, 'a scope');
}

function scope(random: Random): ScopeEntry[] {
  return Array.from({ length: 1 + random.few(30) }, () => entry(random)).filter((made) => made !== undefined);
}

function entry(random: Random): ScopeEntry | undefined {
  try {
    if (random.chance(0.1)) return nameEntry(hostileText(random));
    if (random.chance(0.2)) return pathEntry(canonicalPath(random, root));
    return globEntry(random.pick([root, `${root}/a`, '/']), hostilePattern(random));
  } catch (error) {
    if (error instanceof Error && error.name === 'ScopeError') return undefined;
    throw error;
  }
}

const hugeFile: Node = { kind: 'file', bytes: Buffer.from('{'), size: 10 * 1024 ** 3 };

function otherKind(random: Random): Node {
  return random.pick<Node>([
    hugeFile,
    { kind: 'directory' },
    { kind: 'directory', isPrivate: true },
    { kind: 'file', bytes: Buffer.from('{}'), isPrivate: true },
    { kind: 'symbolic link' },
    { kind: 'FIFO' },
    { kind: 'socket' },
    { kind: 'device' },
  ]);
}

/** A store in which anything may lie anywhere: looked at, locked in, reaped and forced. */
function wholeDirectory(random: Random): void {
  const store = new MemoryOs();
  const { running, queue, requests, alive, theirQueue } = layout;
  const folders = [running, running, running, running, queue, queue, requests, alive, theirQueue, `${running}/oracles`];
  const texts = [...records, ticket, theirEntry, journal, fence];
  for (let i = random.few(30); i >= 0; i--) {
    const file = path.join(random.pick(folders), fileName(random));
    const bytes = random.chance(0.3) ? Buffer.from(random.pick(texts)) : spoiledOrText(random.pick(texts), random);
    place(store, file, random.chance(0.15) ? otherKind(random) : { kind: 'file', bytes });
  }
  let isSound = true;
  for (const own of [...folders, layout.gate, layout.fence, layout.journal, layout.own]) {
    if (!random.chance(0.02)) continue;
    place(store, own, otherKind(random));
    isSound = false;
  }
  const listing = list(store);
  if (isSound && !listing) throw new Breach('entries alone made the store unreadable');
  // Whatever the entries are, a request is granted or refused because of somebody: the store stays of use.
  const mayRefuse = isSound ? [] : undefined;
  tryTo(mayRefuse, () => {
    const request = {
      scope: scope(random),
      mode: 'exclusive',
      holderName: 'me',
      session: 'mine',
      tool: 'fuzz',
    } as const;
    const shop = {
      observer,
      slot: { hold: undefined, known: new GateRecords(observer.layout, observer.caseRule), swept: false },
      turn: new Turn(),
      refusals: new Refusals(),
      openBell: () => new RingingBell(() => () => undefined),
    };
    driveNow(
      store,
      acquire(request, shop, nowhere, new AbortController().signal, () => undefined),
    );
  });
  for (const lock of listing?.locks ?? []) {
    tryTo(mayRefuse, () => driveNow(store, reap(lock, observer)));
    if (random.chance(0.3)) {
      // A directory in a record's place is the one thing that force leaves.
      tryTo(mayRefuse && ['not-supported'], () => driveNow(store, forceRelease(lock, 'forced', observer)));
    }
  }
}

const swarmRecord = JSON.stringify({
  agent_id: 'agent-7',
  filepath: 'src/*.py',
  locked_at: 1_795_264_700.5,
  reason: 'x',
});
const clawRecord = JSON.stringify({
  pid: writer.pid,
  createdAt: '2026-11-21T12:38:39.000Z',
  starttime: 1,
  maxHoldMs: 5,
});
const mailRecord = JSON.stringify({
  agent: 'BlueLake',
  path_pattern: 'src/**',
  exclusive: true,
  expires_ts: 1_795_264_900,
});

const declarations: readonly Declaration[] = [
  {
    name: 'mail',
    files: 'mail/**',
    entry: 'file',
    holder: '/agent',
    scope: '/path_pattern',
    scopeAs: 'glob',
    expires: '/expires_ts',
    exclusive: '/exclusive',
  },
  { name: 'pid', files: 'mail/*', entry: 'file', pattern: '^(?<pid>\\d+)', pid: 'pid', scopeAs: 'path', ttlMs: 10_000 },
  { name: 'dirs', files: 'mail/*.lock', entry: 'directory', scopeAs: 'path', scopeEnding: '.lock' },
];

/** Whatever lies in the folders of other tools, and whatever agents write as paths. */
function otherTools(random: Random): void {
  const store = new MemoryOs();
  const home = '/home/fuzz';
  const folders = [
    `${root}/.agent_locks`,
    `${home}/.agentwire/locks`,
    `${home}/state/agents/main/sessions`,
    `${root}/mail`,
  ];
  const texts = [swarmRecord, clawRecord, mailRecord, '4711\n', fence];
  for (let i = random.few(20); i >= 0; i--) {
    const file = path.join(random.pick(folders), fileName(random));
    const bytes = spoiledOrText(random.pick(texts), random);
    place(
      store,
      random.chance(0.3) ? `${file}.jsonl.lock` : file,
      random.chance(0.15) ? otherKind(random) : { kind: 'file', bytes },
    );
  }
  const written = {
    kind: 'record',
    agentId: 'a',
    filepath: hostilePattern(random),
    lockedAt: 0,
    reason: hostileText(random),
  } as const;
  place(store, `${root}/.agent_locks/x.lock`, { kind: 'file', bytes: Buffer.from(encode(written)) });
  const swarm = { root, directory: `${root}/.agent_locks`, isNested: random.chance(0.5), timeoutMs: 300_000 };
  const listers = [
    () => listPlace(swarm, { uid: identity.uid, storeMark: '0123456789ab' }),
    () => listSessions(`${home}/.agentwire/locks`, identity.uid),
    () => listTranscripts(`${home}/state`, identity.uid),
    ...declarations.map((declaration) => () => listDeclared(declaration, { root, caseRule: { fold: false }, uid: 0 })),
  ];
  for (const lister of listers) {
    tryTo(['store-not-readable'], () => {
      const locks = driveNow<readonly Lock[]>(store, lister());
      assertListingSafe({ locks, waiters: [] }, root, store.now(), bytesIn(store));
      for (const { scope: theirs } of locks) driveNow(store, scopesMeet(theirs, scope(random), { fold: false }));
    });
    store.assertAllClosed();
  }
}

function spoiledOrText(text: string, random: Random): Buffer {
  return text.startsWith('{') && !text.includes('}\n{') ? spoiled(text, random) : mutateBytes(text, random);
}

function fileName(random: Random): string {
  const names: readonly (() => string)[] = [
    () => `${hostileText(random).slice(0, 80)}.lock`,
    () => `wlock-${id}.lock`,
    () => `${id}.lock`,
    () => 'nightly.lock',
    () => `0000000${random.below(10)}-${id}.json`,
    () => `999999999999-${id}.json`,
    () => `00000007-${id}.idle`,
    () => `${hostileText(random).slice(0, 80)}.json`,
    () => `${id}.json`,
    () => id,
    () => `wlock-${random.below(3)}.tmp`,
    () => hostileText(random).slice(0, 80),
  ];
  const name = random.pick(names)().replaceAll(/[/\0]/g, '_');
  return /^\.{0,2}$/.test(name) ? 'x' : Buffer.from(name).subarray(0, 200).toString();
}

/** Where another case's file is a folder's place, nothing can be put. */
function place(store: MemoryOs, file: string, node: Node): void {
  try {
    store.put(file, node);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
  }
}

function tryTo(codes: readonly string[] | undefined, action: () => unknown): void {
  try {
    action();
  } catch (error) {
    assertRefusal(error, codes);
  }
}

function list(store: MemoryOs): Listing | undefined {
  try {
    const listing = driveNow(store, listStore(observer));
    store.assertAllClosed();
    assertListingSafe(listing, root, store.now(), bytesIn(store));
    return listing;
  } catch (error) {
    assertRefusal(error, ['store-not-readable']);
    return undefined;
  }
}

function bytesIn(store: MemoryOs): number {
  const sizes = [...store.nodes.values()].map((node) => (node.kind === 'file' ? node.bytes.length : 0));
  return sizes.reduce((sum, size) => sum + Math.min(size, maxRecordBytes), 0);
}

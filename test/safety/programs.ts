/** What the simulated processes do: the shipped protocol's own generators, strung together as a user would. */
import * as path from 'node:path';
import { LockError, systemErrorCode } from '../../src/core/errors.ts';
import type { Lock, LockId } from '../../src/core/lock.ts';
import { sys, type Fd, type Steps } from '../../src/os/os.ts';
import { acquire, type Shop } from '../../src/protocols/loops/acquire.ts';
import { nowhere, type Elsewhere } from '../../src/protocols/loops/elsewhere.ts';
import { GateRecords } from '../../src/protocols/loops/gateRecords.ts';
import { listStore } from '../../src/protocols/loops/list.ts';
import type { Observer } from '../../src/protocols/loops/observe.ts';
import { takeRequest, writeRequest } from '../../src/protocols/loops/requests.ts';
import type { Conflict, Held } from '../../src/protocols/protocol.ts';
import { Refusals } from '../../src/protocols/loops/refusals.ts';
import { forceRelease, reap, releaseOwn } from '../../src/protocols/loops/remove.ts';
import { republish } from '../../src/protocols/loops/renew.ts';
import { Turn } from '../../src/protocols/loops/turn.ts';
import type { Program, Surroundings } from './actor.ts';
import { mark, peer } from './operations.ts';
import { layout, root, theirGate, toolFile, toolStem } from './place.ts';

interface Kind {
  /** It has not looked for leftovers yet, as a process does once in its life. */
  readonly isNew: boolean;
  /** What a window's processes have in common; else each has its own. */
  readonly session?: string;
  /** Another tool is at work in this workspace. */
  readonly elsewhere?: Elsewhere;
  /** It goes by the folders' times, which in life only who knows many records does. */
  readonly remembers?: true;
}

/** One process of ours: what it has in hand, and what it can do. */
class Ours {
  readonly #observer: Observer;
  readonly #shop: Shop;
  readonly #session: string;
  readonly #elsewhere: Elsewhere;
  /** What it was granted last stands last. */
  readonly #held: Held[] = [];

  constructor(
    { identity, openBell }: Surroundings,
    { isNew, session = `session ${identity.pid}`, elsewhere = nowhere, remembers }: Kind,
  ) {
    this.#session = session;
    this.#elsewhere = elsewhere;
    this.#observer = { layout, identity, sessions: new Set([session]), caseRule: { fold: false } };
    const known = new GateRecords(layout, this.#observer.caseRule, remembers ? 0 : Infinity);
    const slot = { hold: undefined, known, swept: !isNew };
    this.#shop = { observer: this.#observer, slot, turn: new Turn(), refusals: new Refusals(), openBell };
  }

  *acquire(name: string, options: { readonly shared?: true; readonly waitMs?: number } = {}): Steps<void> {
    const scope = [{ kind: 'path', path: path.join(root, name) }] as const;
    const { pid } = this.#observer.identity;
    const request = {
      scope,
      mode: options.shared ? 'shared' : 'exclusive',
      holderName: `p${pid}`,
      session: this.#session,
      tool: 'test',
      ...(options.waitMs === undefined ? {} : { waitMs: options.waitMs }),
    } as const;
    yield* mark({ kind: 'trying' });
    const told: Conflict[] = [];
    const outcome = yield* acquire(request, this.#shop, this.#elsewhere, new AbortController().signal, (conflict) => {
      told.push(conflict);
    });
    if (outcome.kind === 'conflict') told.push(outcome);
    if (told.some(({ deadlock }) => deadlock)) yield* mark({ kind: 'told-of-deadlock' });
    const place = { path: scope[0].path, shared: options.shared === true };
    if (outcome.kind === 'conflict') {
      if (options.waitMs !== undefined) yield* mark({ kind: 'gave-up', ...place });
      yield* mark({ kind: 'refused', by: outcome.locks.map(({ id, holder }) => ({ id, pid: holder.pid })) });
      return;
    }
    this.#held.push(outcome.held);
    const token = Number(outcome.held.token.split(':')[1]);
    yield* mark({ kind: 'entered', id: outcome.held.id, ...place, token });
    yield* sys('process', pid); // its work
  }

  *renew(): Steps<void> {
    const held = this.#held.pop();
    if (!held) return;
    const outcome = yield* republish(held, { ttlMs: 60_000 }, this.#observer, this.#shop.slot, undefined);
    if (outcome.kind === 'renewed') {
      this.#held.push(outcome.held);
      yield* mark({ kind: 'renewed', id: held.id });
    } else {
      yield* mark({ kind: 'lost', id: held.id, isExplained: outcome.cause.kind === 'removed' });
    }
  }

  *release(): Steps<void> {
    const held = this.#held.pop();
    if (!held) return;
    yield* mark({ kind: 'left', id: held.id });
    if (this.#elsewhere !== nowhere) yield* sys('unlink', toolFile);
    yield* releaseOwn(held, this.#observer, this.#shop.slot);
    yield* mark({ kind: 'released', id: held.id });
  }

  /** As a window that has been loaded anew: the locks of its session's earlier process. */
  *takeOver(): Steps<void> {
    for (const lock of yield* this.#listed()) {
      const { id, token, scope, session, holder } = lock;
      if (token === undefined || session !== this.#session || holder.pid === this.#observer.identity.pid) continue;
      const held = { ...lock, token, session, holderName: holder.name, revision: 0, acquiredAt: lock.acquiredAt ?? 0 };
      const taken = yield* this.#transferred(held);
      if (!taken) continue;
      this.#held.push(taken);
      const [entry] = scope;
      if (entry?.kind !== 'path') throw new Error('here all locks are of paths');
      const claim = { path: entry.path, shared: lock.mode === 'shared', token: Number(token.split(':')[1]) };
      yield* mark({ kind: 'taken-over', id, ...claim });
      yield* sys('process', this.#observer.identity.pid); // its work
    }
  }

  /** Undefined too where another user's record may not be deleted. */
  *#transferred(held: Held): Steps<Held | undefined> {
    try {
      const outcome = yield* republish(held, { session: this.#session }, this.#observer, this.#shop.slot, undefined);
      return outcome.kind === 'renewed' ? outcome.held : undefined;
    } catch (error) {
      if (error instanceof LockError && error.code === 'store-not-writable') return undefined;
      throw error;
    }
  }

  /** Asks the holders of all locks to renew them. */
  *ask(): Steps<void> {
    for (const { id } of yield* this.#listed()) yield* writeRequest(layout, id, { ttlMs: 60_000 });
  }

  /** Renews where somebody has asked for it. */
  *answer(): Steps<void> {
    const held = this.#held.at(-1);
    if (held && (yield* takeRequest(layout, held.id))) yield* this.renew();
  }

  /** Every lock that looks stale. */
  *reap(): Steps<void> {
    for (const lock of yield* this.#listed()) if (lock.verdict === 'stale') yield* reap(lock, this.#observer);
  }

  /** Every lock of others, dead or alive: somebody looked at it and decided. */
  *force(): Steps<void> {
    for (const lock of yield* this.#listed()) {
      if (lock.mine) continue;
      yield* mark({ kind: 'forcing', id: lock.id });
      yield* forceRelease(lock, 'forced', this.#observer);
    }
  }

  *list(): Steps<void> {
    yield* this.#listed();
  }

  *#listed(): Steps<readonly Lock[]> {
    return (yield* listStore(this.#observer)).locks;
  }
}

/** A process of ours that does one thing after the other, and ends. */
export function ours(body: (self: Ours) => Steps<void>): Program {
  return (surroundings) => body(new Ours(surroundings, { isNew: false }));
}

/** The same, which goes by the folders' times where it can. */
export function remembering(body: (self: Ours) => Steps<void>): Program {
  return (surroundings) => body(new Ours(surroundings, { isNew: false, remembers: true }));
}

/** One of the processes of a window, which have one session. */
export function windows(body: (self: Ours) => Steps<void>): Program {
  return (surroundings) => body(new Ours(surroundings, { isNew: false, session: 'window' }));
}

/** The same, begun just now: it sweeps. */
export function newcomer(body: (self: Ours) => Steps<void>): Program {
  return (surroundings) => body(new Ours(surroundings, { isNew: true }));
}

/** A process of ours where another tool is at work. */
export function besideTool(body: (self: Ours) => Steps<void>): Program {
  return (surroundings) => body(new Ours(surroundings, { isNew: false, elsewhere: oneFile }));
}

/** A tool with one lock, of `src`: a file that its holder has made. */
const oneFile: Elsewhere = {
  mayRefuse: true,
  *blockersOf() {
    return { locks: (yield* sys('lstat', toolFile)) ? [lockOfTool] : [], waiters: [] };
  },
  *enter() {
    return; // it knows no line
  },
  *leave() {
    return;
  },
  *take() {
    return (yield* makeToolFile()) ? { kind: 'taken' } : { kind: 'blocked', locks: [lockOfTool], waiters: [] };
  },
  watch: () => ({ dispose: () => undefined }),
};

const lockOfTool: Lock = {
  id: toolFile as LockId,
  protocol: 'declared',
  holder: { name: 'tool' },
  scope: [{ kind: 'path', path: path.join(root, 'src') }],
  mode: 'exclusive',
  acquiredAt: undefined,
  verdict: 'live',
  verdictReason: 'pid-running',
  evidence: [],
  enforced: true,
  mine: false,
  sameUser: true,
  file: toolFile,
  fingerprint: '',
};

/** Whether it was not there yet. */
function* makeToolFile(): Steps<boolean> {
  try {
    yield* sys('close', yield* sys('open', toolFile, 'create-exclusive'));
    return true;
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
    return false;
  }
}

/** The tool itself: it tries, works, and lets go. */
export const tool: Program = function* ({ identity: { pid } }) {
  if (!(yield* makeToolFile())) return;
  const id = `${toolStem}#${pid}`;
  yield* mark({ kind: 'entered', id, path: path.join(root, 'src'), shared: false, token: 0 });
  yield* sys('process', pid); // its work
  yield* mark({ kind: 'left', id });
  yield* sys('unlink', toolFile);
};

/** It lives on, and does nothing more. */
export function* linger(): Steps<void> {
  yield* peer('linger');
}

/** Somebody who deletes the gate while nobody is inside, as `rm` between two commands. */
export const gateRemover: Program = function* () {
  yield* peer('removeFreeGate');
};

/**
 * Somebody who deletes it while somebody is inside, after a record has come: before, two would count tokens at once, which
 * only the gate prevents.
 */
export const gateDeleter: Program = function* () {
  const names = (yield* sys('readdir', layout.running)) ?? [];
  if (names.some(({ name }) => name.startsWith('wlock-'))) yield* peer('unlinkDead', theirGate);
};

/** Somebody who deletes the whole store, and takes no part. */
export const vandal: Program = function* () {
  yield* peer('removeTree', layout.running);
};

/** The same, who puts a lock of his own there at once, as when another state of the folder is restored. */
export function restorer(name: string): Program {
  return function* ({ identity: { pid } }) {
    yield* peer('removeTree', layout.running);
    yield* sys('mkdir', layout.running);
    const record = (yield* peer('openTruncated', path.join(layout.running, 'nightly.lock'))) as Fd;
    const scope = path.join(root, name);
    yield* sys('write', record, loopRecordText(pid, scope, yield* sys('now')));
    yield* mark({ kind: 'entered', id: `nightly#${pid}`, path: scope, shared: false, token: 0 });
    yield* peer('linger');
  };
}

/** `git clean`, in the folder of holds. */
export const holdRemover: Program = function* () {
  yield* peer('removeHolds');
};

/** The token counter is deleted, and the wall clock set back. */
export const fenceLoser: Program = function* () {
  yield* peer('loseFence');
};

/**
 * little-loops, written from its wire format alone (PROTOCOLS 1): its gate is opened with truncation and waited for, its
 * record written in place, its release an unlink without a check, and it unlinks the dead wherever it meets them.
 */
export function littleLoop(...sections: readonly string[]): Program {
  return function* ({ identity: { pid } }) {
    for (const [index, name] of sections.entries())
      yield* loopSection(pid, path.join(root, name), `loop-${pid}`, index);
  };
}

/** A loop whose records always have the same name, as those of a singleton. */
export function namedLoop(stem: string, name: string): Program {
  return ({ identity: { pid } }) => loopSection(pid, path.join(root, name), stem, pid);
}

/** It has its lock, and lives on. */
export function lastingLoop(stem: string, name: string): Program {
  return function* ({ identity: { pid } }) {
    yield* enterLoop(pid, path.join(root, name), stem, pid);
    yield* linger();
  };
}

/** A loop in a group of its own: it makes the group's folder before it has the gate. */
export function groupedLoop(group: string, name: string): Program {
  return function* ({ identity: { pid } }) {
    yield* sys('mkdir', path.join(layout.running, group));
    yield* loopSection(pid, path.join(root, name), path.join(group, 'loop'), pid);
  };
}

/**
 * `ll-loop run --queue`: an entry written in place; each second a look, here at each change, which is as good; and of all
 * that wait only the earliest tries, whatever it waits for. Entries of the dead go.
 */
export function queuedLoop(name: string): Program {
  return function* ({ identity: { pid }, openBell }) {
    const scope = path.join(root, name);
    const bell = openBell();
    yield* writeEntry(pid, scope);
    for (;;) {
      const ring = bell.next();
      const isFree = !(yield* loopConflict(scope));
      if (isFree && (yield* isEarliest(pid)) && (yield* enterLoop(pid, scope, `loop-${pid}`, 0))) break;
      yield* sys('sleep', 1_000, ring);
    }
    yield* sys('unlink', entryOf(pid));
    yield* leaveLoop(pid, `loop-${pid}`, 0);
  };
}

/** It was killed while it waited. */
export function killedInQueue(name: string): Program {
  return ({ identity: { pid } }) => writeEntry(pid, path.join(root, name));
}

function entryOf(pid: number): string {
  return path.join(layout.theirQueue, `${pid}.json`);
}

function* writeEntry(pid: number, scope: string): Steps<void> {
  yield* sys('mkdir', layout.theirQueue);
  const enqueuedAt = new Date(yield* sys('now')).toISOString();
  const context = { waitingFor: 'nightly', scope: [scope], pid };
  const fd = (yield* peer('openTruncated', entryOf(pid))) as Fd;
  yield* sys('write', fd, JSON.stringify({ id: String(pid), loopName: `loop ${pid}`, enqueuedAt, context }));
  yield* sys('close', fd);
}

/** All came at the same time here, so their names decide. */
function* isEarliest(pid: number): Steps<boolean> {
  for (const { name } of (yield* sys('readdir', layout.theirQueue)) ?? []) {
    const other = Number(path.basename(name, '.json'));
    if (other >= pid) continue;
    const process = yield* sys('process', other);
    if (process?.state === 'running') return false;
    yield* peer('unlinkDead', path.join(layout.theirQueue, name));
  }
  return true;
}

/** It was killed while it held its lock. */
export function killedLoop(stem: string, name: string): Program {
  return function* ({ identity: { pid } }) {
    yield* sys('mkdir', layout.running);
    const record = (yield* peer('openTruncated', path.join(layout.running, `${stem}.lock`))) as Fd;
    yield* sys('write', record, loopRecordText(pid, path.join(root, name), yield* sys('now')));
  };
}

function loopRecordText(pid: number, scope: string, now: number): string {
  const startedAt = new Date(now).toISOString().replace('Z', '000+00:00');
  return JSON.stringify({ loop_name: `loop ${pid}`, scope: [scope], pid, started_at: startedAt });
}

function* loopSection(pid: number, scope: string, stem: string, section: number): Steps<void> {
  if (yield* enterLoop(pid, scope, stem, section)) yield* leaveLoop(pid, stem, section);
}

/** Whether it got its lock. */
function* enterLoop(pid: number, scope: string, stem: string, section: number): Steps<boolean> {
  yield* sys('mkdir', layout.running);
  const file = path.join(layout.running, `${stem}.lock`);
  const id = `${stem}#${section}`;
  const gate = (yield* peer('openTruncated', theirGate)) as Fd;
  yield* peer('lockWait', gate);
  const isFree = !(yield* loopConflict(scope));
  if (isFree) {
    const record = (yield* peer('openTruncated', file)) as Fd;
    yield* sys('write', record, loopRecordText(pid, scope, yield* sys('now')));
    // Its section begins here: whoever reads the record may decide about it.
    yield* mark({ kind: 'entered', id, path: scope, shared: false, token: 0 });
    yield* sys('close', record);
  }
  yield* sys('close', gate);
  return isFree;
}

function* leaveLoop(pid: number, stem: string, section: number): Steps<void> {
  yield* sys('process', pid); // its work
  yield* mark({ kind: 'left', id: `${stem}#${section}` });
  yield* peer('releaseBlindly', path.join(layout.running, `${stem}.lock`));
}

function* loopConflict(scope: string): Steps<boolean> {
  for (const { name } of (yield* sys('readdir', layout.running)) ?? []) {
    if (!name.endsWith('.lock') || name === path.basename(theirGate)) continue;
    const file = path.join(layout.running, name);
    if (!(yield* sys('lstat', file))) continue;
    const record = yield* loopRecord(file);
    if (!record) continue;
    const process = yield* sys('process', record.pid);
    if (process?.state !== 'running') yield* peer('unlinkDead', file);
    else if (record.scope.some((theirs) => overlap(theirs, scope))) return true;
  }
  return false;
}

/** A record that goes while it is read is none; nor is one that is half-written. */
function* loopRecord(file: string): Steps<{ readonly pid: number; readonly scope: readonly string[] } | undefined> {
  try {
    const fd = yield* sys('open', file, 'read');
    const text = (yield* sys('read', fd, 1_000_000)).toString();
    yield* sys('close', fd);
    return JSON.parse(text) as { pid: number; scope: readonly string[] };
  } catch {
    return undefined;
  }
}

function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

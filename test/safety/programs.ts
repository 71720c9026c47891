/** What the simulated processes do: the shipped protocol's own generators, strung together as a user would. */
import * as path from 'node:path';
import type { Lock } from '../../src/core/lock.ts';
import { sys, type Fd, type Steps } from '../../src/os/os.ts';
import { acquire, type Shop } from '../../src/protocols/loops/acquire.ts';
import { listStore } from '../../src/protocols/loops/list.ts';
import type { Observer } from '../../src/protocols/loops/observe.ts';
import type { Held } from '../../src/protocols/protocol.ts';
import { Refusals } from '../../src/protocols/loops/refusals.ts';
import { forceRelease, reap, releaseOwn } from '../../src/protocols/loops/remove.ts';
import { republish } from '../../src/protocols/loops/renew.ts';
import { Turn } from '../../src/protocols/loops/turn.ts';
import type { Program, Surroundings } from './actor.ts';
import { mark, peer } from './operations.ts';
import { layout, root, theirGate } from './place.ts';

/** One process of ours: what it has in hand, and what it can do. */
class Ours {
  readonly #observer: Observer;
  readonly #shop: Shop;
  #held: Held | undefined;

  /** `isNew`: it has not looked for leftovers yet, as a process does once in its life. */
  constructor({ identity, openBell }: Surroundings, isNew: boolean) {
    const session = `session ${identity.pid}`;
    this.#observer = { layout, identity, sessions: new Set([session]), caseRule: { fold: false } };
    const slot = { hold: undefined, swept: !isNew };
    this.#shop = { observer: this.#observer, slot, turn: new Turn(), refusals: new Refusals(), openBell };
  }

  *acquire(name: string, options: { readonly shared?: true; readonly waitMs?: number } = {}): Steps<void> {
    const scope = [{ kind: 'path', path: path.join(root, name) }] as const;
    const { pid } = this.#observer.identity;
    const request = {
      scope,
      mode: options.shared ? 'shared' : 'exclusive',
      holderName: `p${pid}`,
      session: `session ${pid}`,
      tool: 'test',
      ...(options.waitMs === undefined ? {} : { waitMs: options.waitMs }),
    } as const;
    yield* mark({ kind: 'trying' });
    const outcome = yield* acquire(request, this.#shop, new AbortController().signal, () => undefined);
    const place = { path: scope[0].path, shared: options.shared === true };
    if (outcome.kind === 'conflict') {
      if (options.waitMs !== undefined) yield* mark({ kind: 'gave-up', ...place });
      yield* mark({ kind: 'refused', by: outcome.locks.map(({ id, holder }) => ({ id, pid: holder.pid })) });
      return;
    }
    this.#held = outcome.held;
    const token = Number(outcome.held.token.split(':')[1]);
    yield* mark({ kind: 'entered', id: outcome.held.id, ...place, token });
    yield* sys('process', pid); // its work
  }

  *renew(): Steps<void> {
    const held = this.#held;
    if (!held) return;
    const outcome = yield* republish(held, { ttlMs: 60_000 }, this.#observer, this.#shop.slot, undefined);
    this.#held = outcome.kind === 'renewed' ? outcome.held : undefined;
    yield* mark({ kind: outcome.kind, id: held.id });
  }

  *release(): Steps<void> {
    const held = this.#held;
    if (!held) return;
    yield* mark({ kind: 'left', id: held.id });
    yield* releaseOwn(held, this.#observer);
    yield* mark({ kind: 'released', id: held.id });
    this.#held = undefined;
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
  return (surroundings) => body(new Ours(surroundings, false));
}

/** The same, begun just now: it sweeps. */
export function newcomer(body: (self: Ours) => Steps<void>): Program {
  return (surroundings) => body(new Ours(surroundings, true));
}

/** It lives on, and does nothing more. */
export function* linger(): Steps<void> {
  yield* peer('linger');
}

/** Somebody who deletes the gate while nobody is inside, as `rm` between two commands. */
export const gateRemover: Program = function* () {
  yield* peer('removeFreeGate');
};

/** Somebody who deletes all records, or the whole store, and takes no part. */
export function vandal(what: 'removeTree' | 'removeRecords'): Program {
  return function* () {
    yield* peer(what, layout.running);
  };
}

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

/** It was killed while it held its lock. */
export function killedLoop(stem: string, name: string): Program {
  return function* ({ identity: { pid } }) {
    yield* sys('mkdir', layout.running);
    const record = (yield* peer('truncate', path.join(layout.running, `${stem}.lock`))) as Fd;
    yield* sys('write', record, loopRecordText(pid, path.join(root, name), yield* sys('now')));
  };
}

function loopRecordText(pid: number, scope: string, now: number): string {
  const startedAt = new Date(now).toISOString().replace('Z', '000+00:00');
  return JSON.stringify({ loop_name: `loop ${pid}`, scope: [scope], pid, started_at: startedAt });
}

function* loopSection(pid: number, scope: string, stem: string, section: number): Steps<void> {
  yield* sys('mkdir', layout.running);
  const file = path.join(layout.running, `${stem}.lock`);
  const id = `${stem}#${section}`;
  const gate = (yield* peer('truncate', theirGate)) as Fd;
  yield* peer('lockWait', gate);
  const isFree = !(yield* loopConflict(scope));
  if (isFree) {
    const record = (yield* peer('truncate', file)) as Fd;
    yield* sys('write', record, loopRecordText(pid, scope, yield* sys('now')));
    // Its section begins here: whoever reads the record may decide about it.
    yield* mark({ kind: 'entered', id, path: scope, shared: false, token: 0 });
    yield* sys('close', record);
  }
  yield* sys('close', gate);
  if (!isFree) return;
  yield* sys('process', pid); // its work
  yield* mark({ kind: 'left', id });
  yield* peer('releaseBlindly', file);
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

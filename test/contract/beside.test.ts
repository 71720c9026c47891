/** A request to our store that other tools may refuse as well (DESIGN 7), with tools that do what the test says. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { LockError } from '../../src/core/errors.ts';
import type { Lock, LockId } from '../../src/core/lock.ts';
import type { Waiter } from '../../src/core/waiter.ts';
import { pathEntry } from '../../src/core/scope/entry.ts';
import { openNodeOs } from '../../src/os/node.ts';
import type { Elsewhere, TakingElsewhere } from '../../src/protocols/loops/elsewhere.ts';
import { layoutOf } from '../../src/protocols/loops/layout.ts';
import { LoopsProtocol } from '../../src/protocols/loops/loops.ts';
import type { AcquireRequest, Acquired, Conflict } from '../../src/protocols/protocol.ts';
import { TemporaryRoot } from '../real/temporaryRoot.ts';
import { waitFor } from '../real/waitFor.ts';

/** A tool whose answers are set; it counts what it is asked. */
class ToolOfWords implements Elsewhere {
  readonly mayRefuse = true;
  readonly #ring = new Set<() => void>();
  taking: TakingElsewhere = { kind: 'taken' };
  seen: readonly Lock[] | LockError = [];
  /** Who came first there. */
  ahead: readonly Waiter[] = [];
  /** Who stands in its line. */
  place: LockId | undefined;
  takes = 0;

  *blockersOf(): ReturnType<Elsewhere['blockersOf']> {
    if (this.seen instanceof LockError) throw this.seen;
    return { locks: this.seen, waiters: this.ahead };
  }

  *enter(id: LockId): Generator<never, void, unknown> {
    this.place = id;
  }

  *leave(): Generator<never, void, unknown> {
    this.place = undefined;
  }

  *take(): ReturnType<Elsewhere['take']> {
    this.takes++;
    return this.taking;
  }

  watch(onChange: () => void): { dispose(): void } {
    this.#ring.add(onChange);
    return { dispose: () => void this.#ring.delete(onChange) };
  }

  change(change: Partial<Pick<ToolOfWords, 'seen' | 'ahead' | 'taking'>>): void {
    Object.assign(this, change);
    for (const ring of this.#ring) ring();
  }
}

describe('A request that another tool may refuse', () => {
  let root: TemporaryRoot;
  let store: LoopsProtocol;
  let another: LoopsProtocol;
  let tool: ToolOfWords;
  beforeEach(async () => {
    root = new TemporaryRoot();
    tool = new ToolOfWords();
    store = await open();
    another = await open();
  });
  afterEach(async () => {
    await store.close();
    await another.close();
    root[Symbol.dispose]();
  });

  const open = async (): Promise<LoopsProtocol> =>
    new LoopsProtocol(await openNodeOs(), layoutOf(root.path, '.loops'), new Set(), { fold: false });
  const request = (changes: Partial<AcquireRequest> = {}): AcquireRequest => ({
    scope: [pathEntry(root.in('src'))],
    mode: 'exclusive',
    holderName: 'somebody',
    session: 'ours',
    tool: 'test',
    ...changes,
  });
  const ask = (changes: Partial<AcquireRequest> = {}, from = store): Promise<Acquired | Conflict> =>
    from.acquire(request(changes), new AbortController().signal, undefined, tool);
  const theirs: Lock = {
    id: 'theirs' as LockId,
    protocol: 'claude-swarm',
    holder: { name: 'agent' },
    scope: [],
    mode: 'exclusive',
    acquiredAt: undefined,
    verdict: 'live',
    verdictReason: 'not-expired',
    evidence: [],
    enforced: true,
    mine: false,
    sameUser: true,
    file: '/theirs',
    fingerprint: '',
  };
  const events = async (name: string): Promise<number> =>
    (await store.journal()).filter(({ event }) => event === name).length;
  const waiting = async (): Promise<readonly string[]> =>
    (await another.list()).waiters.map(({ holder }) => holder.name);

  it('is refused where nobody can be named any more, and leaves nothing', async () => {
    tool.taking = { kind: 'blocked', locks: [], waiters: [] };
    const outcome = await ask();
    assert.deepEqual(outcome, { kind: 'conflict', locks: [], waiters: [], timedOut: false });
    assert.ok(tool.takes > 1, 'who was faster had gone, so it tried again');
    assert.deepEqual(root.records(), []);
    assert.equal(await events('acquired'), 0, 'the journal tells of no lock that nobody had');
  });

  it('is refused with who was faster there', async () => {
    tool.taking = { kind: 'blocked', locks: [theirs], waiters: [] };
    const outcome = await ask();
    assert.deepEqual(outcome.kind === 'conflict' && outcome.locks, [theirs]);
    assert.deepEqual(root.records(), []);
  });

  it('has its place from the first try on, and whoever comes later is served later', async () => {
    tool.taking = { kind: 'blocked', locks: [theirs], waiters: [] };
    const order: string[] = [];
    const first = ask({ holderName: 'first', waitMs: 60_000 });
    await waitFor('the first waits', async () => (await waiting()).includes('first'));
    const second = ask({ holderName: 'second', waitMs: 60_000 }, another);
    await waitFor('the second waits', async () => (await waiting()).length === 2);
    assert.deepEqual(await waiting(), ['first', 'second']);
    tool.change({ taking: { kind: 'taken' } });
    for (const [name, request, from] of [
      ['first', first, store],
      ['second', second, another],
    ] as const) {
      const outcome = await request;
      assert.ok(outcome.kind === 'acquired');
      order.push(name);
      await from.release(outcome.held);
    }
    assert.deepEqual(order, ['first', 'second']);
    assert.deepEqual([await events('acquired'), await events('released')], [2, 2], 'each once, whatever it tried');
    assert.deepEqual(await waiting(), []);
  });

  it('does not publish and take back in a tight loop where no look can see who is in the way', async () => {
    tool.taking = { kind: 'blocked', locks: [theirs], waiters: [] };
    const outcome = await ask({ waitMs: 2_000 });
    assert.deepEqual(outcome.kind === 'conflict' && [outcome.locks, outcome.timedOut], [[theirs], true]);
    assert.ok(tool.takes < 12, `${tool.takes} takes in 2 s`);
    assert.ok(tool.takes > 1);
    assert.deepEqual(await events('acquired'), 0);
  });

  it('goes on waiting while a tool cannot be asked, and says so if that does not end', async () => {
    const trouble = new LockError('store-not-readable', 'It cannot be read.', 'Mend it.');
    tool.seen = trouble;
    const patient = ask({ waitMs: 60_000 });
    await waitFor('it waits', async () => (await waiting()).length === 1);
    await assert.rejects(ask({ waitMs: 200 }, another), trouble);
    await assert.rejects(ask({}, another), trouble, 'a single try says so at once');
    assert.equal((await waiting()).length, 1, 'the patient one waits');
    tool.change({ seen: [] });
    const outcome = await patient;
    assert.ok(outcome.kind === 'acquired');
    await store.release(outcome.held);
  });

  it('gives its record and its place back where taking fails', async () => {
    const failing: Elsewhere = {
      mayRefuse: true,
      blockersOf: () => tool.blockersOf(),
      enter: (id) => tool.enter(id),
      leave: () => tool.leave(),
      watch: (onChange) => tool.watch(onChange),

      *take() {
        throw new LockError('store-not-writable', 'No.', 'Mend it.');
      },
    };
    const asked = store.acquire(request({ waitMs: 60_000 }), new AbortController().signal, undefined, failing);
    await assert.rejects(asked, { code: 'store-not-writable' });
    assert.deepEqual([root.records(), await waiting()], [[], []]);
    assert.ok(fs.existsSync(root.running));
  });
});

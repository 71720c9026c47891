/** The rules of the queue and of deadlocks, over pictures made by hand. */
import assert from 'node:assert/strict';
import { deadlockOf, findDeadlocks } from '../../src/core/deadlock.ts';
import type { Lock, LockId } from '../../src/core/lock.ts';
import { deadlockSentence } from '../../src/core/sentences.ts';
import type { Waiter } from '../../src/core/waiter.ts';
import { aheadAndFree, findWaits, type Wait } from '../../src/core/waiting.ts';

const rule = { fold: false };
const scopeOf = (text: string): Lock['scope'] => [{ kind: 'path', path: `/w/${text}` }];

/** A living exclusive lock of process `pid`. */
function lock(name: string, path: string, pid: number, changes: Partial<Lock> = {}): Lock {
  return {
    id: name as LockId,
    protocol: 'loops',
    holder: { name, pid },
    scope: scopeOf(path),
    mode: 'exclusive',
    acquiredAt: 0,
    verdict: 'live',
    verdictReason: 'hold-held',
    evidence: [],
    enforced: true,
    mine: false,
    sameUser: true,
    file: `/w/${name}.lock`,
    fingerprint: name,
    ...changes,
  };
}

/** A waiter of the process `lineage[0]`, with its place in the queue. */
function waiter(
  ticket: number,
  name: string,
  path: string,
  lineage: readonly number[],
  changes: Partial<Waiter> = {},
): Waiter {
  return {
    id: name as LockId,
    protocol: 'loops',
    ticket,
    holder: { name, ...(lineage[0] === undefined ? {} : { pid: lineage[0] }) },
    scope: scopeOf(path),
    mode: 'exclusive',
    since: ticket,
    verdict: 'live',
    verdictReason: 'pid-running',
    evidence: [],
    mine: false,
    sameUser: true,
    idle: false,
    lineage,
    file: `/w/${name}.json`,
    ...changes,
  };
}

const waitsOf = (locks: readonly Lock[], ...waiters: readonly Waiter[]): readonly Wait[] =>
  findWaits(() => locks, waiters, rule);
const text = (waits: readonly Wait[]): Record<string, readonly string[]> =>
  Object.fromEntries(
    waits.map(({ waiter: each, locks, behind }) => [each.holder.name, [...locks, ...behind].map(({ id }) => id)]),
  );

describe('A waiter waits', () => {
  it('for the locks that overlap and count, and for those who came before and overlap', () => {
    const locks = [lock('L', 'src', 1), lock('dead', 'src', 2, { verdict: 'stale' }), lock('other', 'docs', 3)];
    const waits = waitsOf(
      locks,
      waiter(2, 'b', 'src/x', [11]),
      waiter(1, 'a', 'src', [10]),
      waiter(3, 'c', 'lib', [12]),
    );
    assert.deepEqual(text(waits), { a: ['L'], b: ['L', 'a'], c: [] });
  });

  it('for everybody whose lock cannot be read', () => {
    const unreadable = lock('secret', 'x', 1, { verdict: 'unknown', verdictReason: 'unreadable', scope: [] });
    assert.deepEqual(text(waitsOf([unreadable], waiter(1, 'a', 'src', [10]))), { a: ['secret'] });
  });

  it('beside those who share as it does', () => {
    const shared = { mode: 'shared' } as const;
    const waits = waitsOf(
      [lock('L', 'src', 1, shared)],
      waiter(1, 'reader', 'src', [10], shared),
      waiter(2, 'writer', 'src', [11]),
      waiter(3, 'late reader', 'src', [12], shared),
    );
    assert.deepEqual(text(waits), { reader: [], writer: ['L', 'reader'], 'late reader': ['writer'] });
  });

  it('not for a lock of its ancestors, but for one of its own process', () => {
    const locks = [lock('parent', 'src', 1), lock('own', 'src', 10)];
    assert.deepEqual(text(waitsOf(locks, waiter(1, 'a', 'src', [10, 1]))), { a: ['own'] });
  });

  it('for a lock of the same number in another container, which is no ancestor', () => {
    const elsewhere = lock('L', 'src', 1, { holder: { name: 'L', pid: 1, pidNamespace: 'pid:[2]' } });
    const inside = waiter(1, 'a', 'src', [10, 1], { holder: { name: 'a', pid: 10, pidNamespace: 'pid:[1]' } });
    assert.deepEqual(text(waitsOf([elsewhere], inside)), { a: ['L'] });
  });

  it('not behind one that is stopped or gone', () => {
    const waits = waitsOf(
      [],
      waiter(1, 'stopped', 'src', [10], { idle: true }),
      waiter(2, 'gone', 'src', [11], { verdict: 'stale' }),
      waiter(3, 'a', 'src', [12]),
    );
    assert.deepEqual(text(waits), { stopped: [], a: [] });
  });

  it('not behind one that waits for its own parent’s lock, itself or through others', () => {
    const waits = waitsOf(
      [lock('parent', 'src/a', 1)],
      waiter(1, 'wide', 'src', [10]),
      waiter(2, 'through', 'src/b', [11]),
      waiter(3, 'child', 'src', [12, 1]),
    );
    assert.deepEqual(text(waits), { wide: ['parent'], through: ['wide'], child: [] });
  });

  it('in little-loops’ queue behind everybody who came before, and never behind one of ours', () => {
    const theirs = (name: string, path: string, since: number): Waiter => {
      const { ticket, ...rest } = waiter(since, name, path, [since]);
      return rest;
    };
    const waits = waitsOf([], theirs('t2', 'docs', 20), waiter(1, 'ours', 'src', [10]), theirs('t1', 'src', 5));
    assert.deepEqual(text(waits), { ours: [], t1: [], t2: ['t1'] });
  });
});

describe('Who is ahead and could go', () => {
  it('is found through those who wait for him', () => {
    const waits = waitsOf(
      [],
      waiter(1, 'first', 'src/a', [10]),
      waiter(2, 'wide', 'src', [11]),
      waiter(3, 'me', 'src/b', [12]),
    );
    const mine = waits.find(({ waiter: each }) => each.holder.name === 'me');
    assert.ok(mine);
    assert.deepEqual(
      aheadAndFree(mine, waits).map(({ holder }) => holder.name),
      ['first'],
    );
  });

  it('is nobody while a lock stops them', () => {
    const waits = waitsOf([lock('L', 'src/a', 1)], waiter(1, 'first', 'src', [10]), waiter(2, 'me', 'src/b', [12]));
    const mine = waits.find(({ waiter: each }) => each.holder.name === 'me');
    assert.ok(mine);
    assert.deepEqual(aheadAndFree(mine, waits), []);
  });

  it('are found in a queue of 300, in which each is behind all before it and the ways through it cannot be walked', () => {
    const queue = Array.from({ length: 300 }, (_, i) => waiter(i + 1, `w${i}`, i % 2 ? 'src' : 'src/api', [100 + i]));
    const waits = findWaits(() => [], queue, rule);
    const last = waits.at(-1);
    assert.ok(last);
    assert.equal(last.behind.length, 299);
    assert.deepEqual(
      aheadAndFree(last, waits).map(({ id }) => id),
      ['w0'],
    );
  });
});

describe('A deadlock', () => {
  const circle = (waits: readonly Wait[]): readonly (readonly string[])[] =>
    findDeadlocks(waits).map(({ members }) => members.map(({ waiter: each }) => each.holder.name));

  it('is two children that wait for each other’s parents', () => {
    const waits = waitsOf(
      [lock('A', 'a', 1), lock('B', 'b', 2)],
      waiter(1, 'child of A', 'b', [10, 1]),
      waiter(2, 'child of B', 'a', [20, 2]),
      waiter(3, 'bystander', 'a', [30]),
    );
    assert.deepEqual(circle(waits), [['child of A', 'child of B']]);
    const [first] = findDeadlocks(waits);
    assert.ok(first);
    assert.equal(
      deadlockSentence(first, '/w'),
      'Deadlock: child of A waits for b, which B holds; child of B waits for a, which A holds.',
    );
    const bystander = waits.find(({ waiter: each }) => each.holder.name === 'bystander');
    assert.equal(bystander && deadlockOf(bystander.waiter, waits), undefined, 'who waits for it is not in it');
  });

  it('is found over three, and with a lock that a keeper holds for a session', () => {
    const kept = lock('C', 'c', 3, { session: 's', holder: { name: 'C', pid: 3, isKeeper: true } });
    const waits = waitsOf(
      [lock('A', 'a', 1), lock('B', 'b', 2), kept],
      waiter(1, 'x', 'b', [10, 1]),
      waiter(2, 'y', 'c', [20, 2]),
      waiter(3, 'z', 'a', [30], { session: 's' }),
    );
    assert.deepEqual(circle(waits), [['x', 'y', 'z']]);
  });

  it('is none where jobs side by side wait for each other', () => {
    const kept = lock('L', 'a', 3, { session: 's', holder: { name: 'L', pid: 3, isKeeper: true } });
    assert.deepEqual(circle(waitsOf([kept], waiter(1, 'job', 'a', [10], { session: 's' }))), []);
    assert.deepEqual(circle(waitsOf([lock('task', 'a', 10)], waiter(1, 'another task', 'a', [10]))), []);
  });

  it('is none in a chain that ends', () => {
    const waits = waitsOf(
      [lock('A', 'a', 1), lock('B', 'b', 2)],
      waiter(1, 'x', 'b', [10, 1]),
      waiter(2, 'y', 'a', [30]),
    );
    assert.deepEqual(circle(waits), []);
  });
});

/** What stands for a lock of ours elsewhere is folded into it; what stands for a lock that is gone, is stale (DESIGN 7). */
import assert from 'node:assert/strict';
import type { Lock, LockId, ProtocolId } from '../../src/core/lock.ts';
import { fold, type ToolHere } from '../../src/core/projections.ts';
import { nameEntry, pathEntry } from '../../src/core/scope/entry.ts';

const src = pathEntry('/w/src');
const rule = { caseRule: { fold: false }, pidNamespace: undefined };

function lock(id: string, changes: Partial<Lock> = {}): Lock {
  return {
    id: id as LockId,
    protocol: 'loops',
    holder: { name: id, pid: 100 },
    scope: [src],
    mode: 'exclusive',
    acquiredAt: 0,
    token: 'loops:1',
    verdict: 'live',
    verdictReason: 'hold-held',
    evidence: [],
    enforced: true,
    mine: false,
    sameUser: true,
    file: `/w/${id}.lock`,
    fingerprint: '',
    ...changes,
  };
}

function theirs(protocol: ProtocolId, id: string, changes: Partial<Lock> = {}): Lock {
  const { token, ...rest } = lock(id, { protocol, holder: { name: id }, ownWords: id });
  assert.ok(token);
  return { ...rest, ...changes };
}

const tool = (protocol: ProtocolId, concerns = true): ToolHere => ({ protocol, concerns: () => concerns });
const ids = (locks: readonly Lock[]): readonly string[] => locks.map(({ id }) => id);

describe('Locks of several tools', () => {
  it('that stand for one lock are shown as that one, with where else it is held', () => {
    const own = lock('own');
    const swarm = theirs('claude-swarm', 'src/*', { standsFor: own.id });
    const [folded, ...rest] = fold([own], [swarm], [], rule);
    assert.deepEqual(rest, []);
    assert.deepEqual(folded?.projections, [{ protocol: 'claude-swarm', file: '/w/src/*.lock', covers: 'src/*' }]);
  });

  it('without an id are known by the process that has both, where they have something in common', () => {
    const own = lock('own', { scope: [nameEntry('agentwire:main')] });
    const same = theirs('agentwire', 'main', { holder: { name: 'x', pid: 100 }, scope: [nameEntry('agentwire:main')] });
    const another = theirs('agentwire', 'other', {
      holder: { name: 'x', pid: 100 },
      scope: [nameEntry('agentwire:other')],
    });
    const stranger = theirs('agentwire', 'far', {
      holder: { name: 'x', pid: 101 },
      scope: [nameEntry('agentwire:main')],
    });
    const nobody = theirs('agentwire', 'hidden', { scope: [nameEntry('agentwire:main')] });
    assert.deepEqual(ids(fold([own], [same, another, stranger, nobody], [], rule)), ['own', 'other', 'far', 'hidden']);
  });

  it('are not those of little-loops itself, which takes nothing beside its own', () => {
    const { token, ...loop } = lock('loop');
    assert.ok(token);
    const same = theirs('openclaw', 'a/b', { holder: { name: 'x', pid: 100 } });
    assert.deepEqual(ids(fold([loop], [same], [], rule)), ['loop', 'a/b']);
  });

  it('that stand for a lock which is gone are stale', () => {
    const left = theirs('claude-swarm', 'src', { standsFor: 'own' as LockId });
    const [orphan] = fold([], [left], [tool('claude-swarm')], rule);
    assert.deepEqual([orphan?.id, orphan?.verdict, orphan?.verdictReason], ['src', 'stale', 'owner-gone']);
    assert.deepEqual(orphan?.evidence, [{ kind: 'owner', id: 'own', state: 'gone' }]);
  });

  it('that stand for a lock which is stale go with it, and are shown as part of it only', () => {
    const own = lock('own', { verdict: 'stale', verdictReason: 'pid-dead' });
    const left = theirs('claude-swarm', 'src', { standsFor: own.id });
    const [folded, ...rest] = fold([own], [left], [tool('claude-swarm')], rule);
    assert.deepEqual([folded?.verdictReason, folded?.projections?.length, rest], ['pid-dead', 1, []]);
  });

  it('of others are left as they are', () => {
    const agent = theirs('claude-swarm', 'src');
    assert.deepEqual(fold([], [agent], [tool('claude-swarm')], rule), [agent]);
  });

  it('say which tool at work here does not see them, and why', () => {
    const here = [tool('claude-swarm'), tool('agentwire', false)];
    const unseen = (own: Lock): unknown => fold([own], [], here, rule)[0]?.unseenBy;
    assert.deepEqual(unseen(lock('own')), [{ protocol: 'claude-swarm', because: 'it was not taken there' }]);
    assert.deepEqual(unseen(lock('own', { mode: 'shared' })), [
      { protocol: 'claude-swarm', because: 'it knows no shared locks' },
    ]);
    assert.equal(unseen(lock('own', { verdict: 'stale' })), undefined);
    const seen = theirs('claude-swarm', 'src', { standsFor: 'own' as LockId });
    assert.equal(fold([lock('own')], [seen], here, rule)[0]?.unseenBy, undefined);
  });

  it('are seen where one word of a tool stands for two of them, which have no file in common', () => {
    const here = [tool('claude-swarm')];
    const python = lock('python', { scope: [pathEntry('/w/src/a.py')] });
    const script = lock('script', { scope: [pathEntry('/w/src/a.ts')] });
    const word = theirs('claude-swarm', 'src/*', { standsFor: python.id });
    const unseen = fold([python, script], [word], here, rule).map(({ unseenBy }) => unseenBy);
    assert.deepEqual(unseen, [undefined, undefined]);
    const shared = { ...script, mode: 'shared' } as const;
    assert.equal(fold([python, shared], [word], here, rule)[1]?.unseenBy?.length, 1, 'that one it keeps nobody out of');
  });
});

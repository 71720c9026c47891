/** Other tools' names and records: read as they read them, written as they would (PROTOCOLS 2.1, 2.2, 3.3). */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LockId } from '../../src/core/lock.ts';
import { lockName, normalise } from '../../src/protocols/claudeSwarm/name.ts';
import {
  agentOf,
  encode as encodeSwarm,
  standsFor,
  storeMarkOf,
  swarmFormat,
} from '../../src/protocols/claudeSwarm/record.ts';
import { clawFormat, encode as encodeClaw, ticksOf } from '../../src/protocols/openclaw/record.ts';
import type { Format } from '../../src/protocols/readLockFile.ts';

const decoded = <T>(format: Format<T>, value: unknown): unknown =>
  format.decode(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
const problem = <T>(format: Format<T>, value: unknown): string => {
  const content = decoded(format, value) as { readonly kind: string; readonly problem?: string };
  assert.equal(content.kind, 'malformed', JSON.stringify(content));
  return content.problem ?? '';
};

describe('The name of a claude-swarm lock', () => {
  const vectors: readonly (readonly [spelling: string, name: string])[] = [
    ['src/auth.py', 'd3b242d4cf93fa8e'],
    ['./src/auth.py', 'd3b242d4cf93fa8e'],
    ['src//auth.py', 'd3b242d4cf93fa8e'],
    ['src/./auth.py', 'd3b242d4cf93fa8e'],
    ['src/auth.py/', 'd3b242d4cf93fa8e'],
    ['src/*.py', '79d447855608a412'],
    ['a/../b', '900ea8b7e0d8fe30'],
    ['/abs/x', 'b9abcef727369aff'],
    ['.', 'cdb4ee2aea69cc6a'],
    ['', 'cdb4ee2aea69cc6a'],
  ];
  for (const [spelling, name] of vectors) {
    it(`is ${name}… for ${JSON.stringify(spelling)}`, () => {
      assert.match(lockName(normalise(spelling)), new RegExp(`^${name}[0-9a-f]{48}\\.lock$`));
    });
  }

  it('keeps a leading // and no longer one', () => {
    assert.deepEqual(['//a/b', '///a/b', '////', '//', '/'].map(normalise), ['//a/b', '/a/b', '/', '//', '/']);
  });
});

describe('A claude-swarm record', () => {
  const good = { agent_id: 'agent-1', filepath: 'src/*.py', locked_at: 1_763_716_790.5, reason: 'r' };
  const id = '0b2ff8a3-43b1-4d2c-9a53-7b0d1a4f4c11' as LockId;
  const mark = storeMarkOf('/w/.loops/.running');

  it('is read', () => {
    assert.deepEqual(decoded(swarmFormat, good), {
      ...{ kind: 'record', agentId: 'agent-1', filepath: 'src/*.py' },
      ...{ lockedAt: 1_763_716_790_500, reason: 'r' },
    });
  });

  it('with a key more or less, or of another kind, is told to stop every agent', () => {
    const { reason, ...missing } = good;
    for (const value of [{ ...good, pid: 1 }, missing, [], null, 1, { ...good, locked_at: 'now' }]) {
      assert.match(problem(swarmFormat, value), /on which every claude-swarm command fails$/);
    }
    assert.equal(reason, 'r');
  });

  it('that is being written is told to be', () => {
    assert.match(problem(swarmFormat, ''), /it is empty/);
    assert.match(problem(swarmFormat, '{"agent'), /not JSON/);
  });

  it('of ours has just the four keys, an agent that claude-swarm allows, and names the lock for which it stands', () => {
    const agentId = agentOf(id, mark);
    assert.match(agentId, /^[A-Za-z0-9_-]{1,64}$/);
    const text = encodeSwarm({ agentId, filepath: 'src', lockedAt: 1_763_716_790_275, reason: 'a "quote"' });
    assert.deepEqual(Object.keys(JSON.parse(text) as object), ['agent_id', 'filepath', 'locked_at', 'reason']);
    const read = swarmFormat.decode(Buffer.from(text));
    assert.ok(read.kind === 'record');
    assert.deepEqual([read.lockedAt, read.reason, standsFor(read, mark)], [1_763_716_790_275, 'a "quote"', id]);
  });

  it('of an agent stands for nothing, whatever it calls itself', () => {
    for (const agentId of [
      'agent-1',
      'wlock-',
      'wlock-x',
      `wlock-${id}`,
      `x-${agentOf(id, mark)}`,
      agentOf('-'.repeat(36) as LockId, mark),
    ]) {
      assert.equal(standsFor({ kind: 'record', agentId, filepath: 'a', lockedAt: 0, reason: '' }, mark), undefined);
    }
  });

  it('of another store of ours stands for nothing that we know', () => {
    const agentId = agentOf(id, storeMarkOf('/other/.loops/.running'));
    assert.equal(standsFor({ kind: 'record', agentId, filepath: 'a', lockedAt: 0, reason: '' }, mark), undefined);
  });

  it('is as long at any time, so that a refresh in place is whole at every moment', () => {
    const lengthAt = (lockedAt: number): number =>
      encodeSwarm({ agentId: agentOf(id, mark), filepath: 'a', lockedAt, reason: '"locked_at": 0' }).length;
    const expected = lengthAt(1_763_716_790_275);
    fc.assert(
      fc.property(fc.integer({ min: 1_600_000_000_000, max: 9_999_999_999_999 }), (at) => lengthAt(at) === expected),
    );
  });
});

describe('An openclaw record', () => {
  it('is read with all that it can hold, and with a token of blanks behind it', () => {
    const record = { pid: 7, createdAt: '2026-11-21T08:19:50.275Z', maxHoldMs: 300_000, starttime: 12_345 };
    const expected = {
      ...{ kind: 'record', pid: 7, createdAt: Date.parse(record.createdAt) },
      ...{ startTicks: 12_345, maxHoldMs: 300_000 },
    };
    assert.deepEqual(decoded(clawFormat, { ...record, more: [] }), expected);
    assert.deepEqual(
      decoded(clawFormat, `${JSON.stringify(record, undefined, 2)}\n\t\t\t\t\t\t\t\t ${' \t'.repeat(64)}\n`),
      expected,
    );
  });

  it('lacks what has the wrong type', () => {
    for (const pid of [0, -1, 1.5, '7', null, 1e300])
      assert.deepEqual(decoded(clawFormat, { pid }), { kind: 'record' });
    const wrong = { createdAt: 5, starttime: '1', maxHoldMs: 0, pid: true };
    assert.deepEqual(decoded(clawFormat, wrong), { kind: 'record' });
    assert.deepEqual(decoded(clawFormat, { createdAt: 'soon' }), { kind: 'record' });
  });

  it('that is none says so', () => {
    assert.match(problem(clawFormat, ''), /it is empty: perhaps just being written/);
    assert.match(problem(clawFormat, '{"pid": 7'), /it is not JSON: perhaps just being written/);
    for (const value of ['[]', 'null', '7']) assert.match(problem(clawFormat, value), /it is no object/);
  });

  it('of ours is read as it was written', () => {
    const record = { kind: 'record', pid: 7, createdAt: 1_763_716_790_275, startTicks: 5 } as const;
    assert.equal(encodeClaw(record), '{\n  "pid": 7,\n  "createdAt": "2025-11-21T09:19:50.275Z",\n  "starttime": 5\n}');
    assert.deepEqual(decoded(clawFormat, encodeClaw(record)), record);
  });

  it('has a start time only where the system counts ticks', () => {
    assert.deepEqual([ticksOf('ticks:5'), ticksOf('lstart:Sat Nov 21'), ticksOf(undefined)], [5, undefined, undefined]);
  });
});

/** The lock record: what we write is what we read, and what others write is read as little-loops reads it. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LockId } from '../../src/core/lock.ts';
import { encodeRecord } from '../../src/protocols/loops/encodeRecord.ts';
import { decodeRecord, type Extra, type LockRecord } from '../../src/protocols/loops/record.ts';

const id = '0b2ff8a3-43b1-4d2c-9a53-7b0d1a4f4c11' as LockId;
const holdName = '5f0c2a8e-4c57-4e0e-8a3c-0f9a4b0b6c22';
const startedAt = Date.parse('2026-11-21T08:19:50.275Z');

const fullExtra: Extra = {
  version: 1,
  id,
  revision: 3,
  session: 's',
  token: 1_763_716_790_275_124,
  mode: 'shared',
  scope: [
    { kind: 'path', path: '/w/src' },
    { kind: 'glob', base: '/w', pattern: '*.{ts,js}' },
    { kind: 'name', name: 'session 1' },
  ],
  hold: holdName,
  holdDevice: 65_024,
  reason: 'because "x"\n',
  tool: 'wlock run',
  host: 'h',
  machineId: 'm',
  bootId: 'b',
  pidNamespace: 'pid:[1]',
  timeNamespace: 'time:[1]',
  startTime: 'ticks:5',
  renewedAt: startedAt + 1,
  expiresAt: startedAt + 2,
};

const foreign = { loop_name: 'l', scope: ['/w/a'], pid: 123, started_at: '2026-11-21T08:19:50.275124+00:00' };

const decode = (value: unknown): ReturnType<typeof decodeRecord> => decodeRecord(Buffer.from(JSON.stringify(value)));

function recordOf(value: unknown): LockRecord {
  const decoded = decode(value);
  assert.ok(decoded.kind === 'record');
  return decoded.record;
}

function problemOf(value: unknown): string {
  const decoded = decode(value);
  assert.ok(decoded.kind === 'malformed');
  return decoded.problem;
}

function extraOf(wlock: unknown): Extra | undefined {
  return recordOf({ ...foreign, wlock }).extra;
}

describe('The lock record', () => {
  it('survives writing and reading with all it can hold', () => {
    const record = { name: 'nightly', paths: ['/w', '/v'], pid: 7, startedAt, extra: fullExtra };
    assert.deepEqual(decodeRecord(Buffer.from(encodeRecord(record))), { kind: 'record', record });
  });

  it('survives with the least it can hold', () => {
    const { version, revision, session, token, mode, scope } = fullExtra;
    const extra = { version, id, revision, session, token, mode, scope };
    const record = { name: 'n', paths: [], pid: 7, startedAt, extra };
    assert.deepEqual(decodeRecord(Buffer.from(encodeRecord(record))), { kind: 'record', record });
  });

  it("begins with little-loops' four keys in its order and spelling", () => {
    const text = encodeRecord({ name: 'n', paths: ['/w'], pid: 7, startedAt, extra: fullExtra });
    assert.match(
      text,
      /^\{"loop_name":"n","scope":\["\/w"\],"pid":7,"started_at":"2026-11-21T08:19:50\.275000\+00:00","wlock":\{/,
    );
  });

  it("reads little-loops' own records, old and singleton ones too", () => {
    const expected = { name: 'l', paths: ['/w/a'], pid: 123, startedAt, extra: undefined };
    assert.deepEqual(recordOf(foreign), expected);
    assert.deepEqual(recordOf({ ...foreign, singleton: true }), expected);
  });

  it('reads as int() and str() of Python read', () => {
    for (const [pid, read] of [
      ['123', 123],
      [' +1_000 ', 1000],
      ['-5', -5],
      [12.7, 12],
      [-12.7, -12],
      [true, 1],
      [2 ** 31 - 1, 2 ** 31 - 1],
    ] as const) {
      assert.equal(recordOf({ ...foreign, pid }).pid, read);
    }
    assert.equal(recordOf({ ...foreign, loop_name: 5 }).name, '5');
    assert.equal(recordOf({ ...foreign, loop_name: null }).name, 'None');
    assert.equal(recordOf({ ...foreign, started_at: 5 }).startedAt, undefined);
    assert.deepEqual(recordOf({ ...foreign, scope: null }).paths, ['None']);
    assert.deepEqual(recordOf({ ...foreign, scope: '/w' }).paths, ['/w']);
    assert.deepEqual(recordOf({ ...foreign, scope: [] }).paths, []);
  });

  it('calls malformed what little-loops skips or dies of, and says why', () => {
    for (const pid of [null, 'abc', '', '1.5', '1__0', 2 ** 31, 2 ** 40, -(2 ** 31), [1], {}]) {
      assert.match(problemOf({ ...foreign, pid }), /pid/, JSON.stringify(pid));
    }
    assert.match(problemOf({ ...foreign, scope: [123] }), /scope/);
    assert.match(problemOf({ ...foreign, scope: ['/w', null] }), /scope/);
    for (const key of Object.keys(foreign)) assert.match(problemOf({ ...foreign, [key]: undefined }), new RegExp(key));
    for (const value of [null, [], 5, 'x', true]) assert.match(problemOf(value), /not a JSON object/);
    const text = JSON.stringify(foreign);
    for (let length = 0; length < text.length; length++) {
      assert.equal(decodeRecord(Buffer.from(text.slice(0, length))).kind, 'malformed');
    }
    assert.equal(decodeRecord(Buffer.from([0xff])).kind, 'malformed');
    assert.equal(decodeRecord(Buffer.from(`\ufeff${text}`)).kind, 'malformed');
    assert.equal(decodeRecord(Buffer.from(text.replace('123', '1e999'))).kind, 'malformed');
    assert.equal(decodeRecord(Buffer.alloc(1024)).kind, 'malformed');
  });

  it('takes no key from a prototype', () => {
    assert.equal(
      decodeRecord(Buffer.from('{"__proto__": {"loop_name":"l","scope":[],"pid":1,"started_at":""}}')).kind,
      'malformed',
    );
  });

  it("is one of little-loops' own where our addition is broken", () => {
    for (const wlock of [
      null,
      [],
      'x',
      {},
      { version: 1 },
      { version: '1', id },
      { version: 1, id: '../x' },
      { version: 1, id: 5 },
    ]) {
      assert.equal(extraOf(wlock), undefined);
    }
  });

  it('believes no value of an addition that it would not write', () => {
    const extra = extraOf({
      version: 1,
      id,
      revision: -1,
      token: 1.5,
      mode: 'SHARED',
      hold: '../../../etc/passwd',
      session: 5,
      reason: 'x'.repeat(10_000),
      expires_at: 'soon',
      start_time: null,
    });
    assert.deepEqual(extra, {
      version: 1,
      id,
      revision: 0,
      session: '',
      token: 0,
      mode: 'exclusive',
      scope: undefined,
      reason: 'x'.repeat(4096),
    });
  });

  it('counts its outer scope, a superset, where the exact one is not understood', () => {
    for (const scope of [
      undefined,
      'x',
      [{ kind: 'moon', path: '/w' }],
      [{ kind: 'path', path: 'relative' }],
      [{ kind: 'path', path: '/w/../x' }],
      [{ kind: 'path', path: '/w\0' }],
      [
        { kind: 'path', path: '/w' },
        { kind: 'glob', base: '/w', pattern: '{a' },
      ],
      Array.from({ length: 5 }, () => ({ kind: 'glob', base: '/w', pattern: `*${'{a,b}'.repeat(8)}` })),
    ]) {
      assert.equal(extraOf({ version: 1, id, token: 1, scope })?.scope, undefined);
    }
  });

  it('of a newer version is still read', () => {
    const extra = extraOf({ version: 99, id, token: 5, hold: holdName, scope: [{ kind: 'orbit' }], more: {} });
    assert.deepEqual([extra?.version, extra?.hold, extra?.scope], [99, holdName, undefined]);
  });

  it('never throws, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        assert.match(decodeRecord(bytes).kind, /^(record|malformed)$/);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never throws, whatever the values are', () => {
    const keys = ['loop_name', 'scope', 'pid', 'started_at', 'wlock'] as const;
    const wlock = fc.record(
      {
        version: fc.oneof(fc.constant(1), fc.jsonValue()),
        id: fc.oneof(fc.constant(id), fc.jsonValue()),
        revision: fc.jsonValue(),
        token: fc.jsonValue(),
        hold: fc.oneof(fc.uuid(), fc.jsonValue()),
        scope: fc.oneof(
          fc.jsonValue(),
          fc.array(
            fc.record({
              kind: fc.constantFrom('path', 'glob', 'name', 'other'),
              path: fc.string(),
              base: fc.constantFrom('/', '/w', 'w', ''),
              pattern: fc.string({
                unit: fc.constantFrom(
                  'a',
                  '*',
                  '?',
                  '{',
                  '}',
                  ',',
                  '[',
                  ']',
                  '(',
                  ')',
                  '!',
                  '+',
                  '@',
                  '|',
                  '\\',
                  '/',
                  '.',
                  '-',
                  '^',
                  '\0',
                ),
              }),
              name: fc.string(),
            }),
            { maxLength: 5 },
          ),
        ),
        expires_at: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const value = fc.record(
      {
        loop_name: fc.jsonValue(),
        scope: fc.oneof(fc.array(fc.string()), fc.jsonValue()),
        pid: fc.oneof(fc.integer(), fc.double(), fc.string(), fc.jsonValue()),
        started_at: fc.oneof(fc.string(), fc.jsonValue()),
        wlock: fc.oneof(wlock, fc.jsonValue()),
      },
      { requiredKeys: [...keys.slice(0, 4)] },
    );
    fc.assert(
      fc.property(value, (candidate) => {
        const decoded = decode(candidate);
        if (decoded.kind === 'record') {
          assert.ok(Math.abs(decoded.record.pid) < 2 ** 31);
          assert.ok(decoded.record.paths.every((entry) => typeof entry === 'string'));
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('stays a record where a name is nested so deep that it has no text', () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const text = `{"loop_name": ${deep}, "scope": ["/w"], "pid": 5, "started_at": ""}`;
    const decoded = decodeRecord(Buffer.from(text));
    assert.equal(decoded.kind === 'record' && decoded.record.name, '…');
  });
});

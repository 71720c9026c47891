/** Records of a cluster, where others may have written anything. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { globEntry, nameEntry, pathEntry } from '../../../src/core/scope/entry.ts';
import { encodeRecord, readRecord, type ClusterRecord } from '../../../src/protocols/etcd/record.ts';
import { absoluteScope, relativeScope } from '../../../src/protocols/etcd/relativeScope.ts';

const root = '/repo/orchard';

const record: ClusterRecord = {
  name: 'nightly',
  entries: relativeScope([pathEntry(`${root}/src`), globEntry(`${root}/docs`, '*.md'), nameEntry('a')], root),
  scope: [pathEntry(`${root}/src`), globEntry(`${root}/docs`, '*.md'), nameEntry('a')],
  folds: false,
  mode: 'shared',
  session: 's',
  store: 'mark',
  root,
  user: 'me',
  host: 'build-7',
  pid: 4711,
  tool: 'wlock run',
  acquiredAt: 1_000,
  expiresAt: 2_000,
  ttlMs: 1_000,
};

describe('A record in a cluster', () => {
  it('says below another root what it said below its own', () => {
    const read = readRecord(encodeRecord(record), '/home/other/clone');
    assert.ok(read.kind === 'record');
    assert.deepEqual(read.record, {
      ...record,
      scope: [pathEntry('/home/other/clone/src'), globEntry('/home/other/clone/docs', '*.md'), nameEntry('a')],
    });
  });

  it('leaves out what lies outside of the root, and takes all of it for what covers the root', () => {
    assert.deepEqual(relativeScope([pathEntry('/repo/other'), globEntry('/tmp', '*')], root), []);
    assert.deepEqual(relativeScope([pathEntry('/repo')], root), [{ path: '' }]);
    assert.deepEqual(relativeScope([globEntry('/', '**/*.md')], root), [{ path: '' }]);
    assert.deepEqual(relativeScope([pathEntry(`${root}2/src`)], root), []);
    assert.deepEqual(absoluteScope([{ path: '' }, { path: 'a' }], '/'), [pathEntry('/'), pathEntry('/a')]);
    assert.deepEqual(relativeScope([pathEntry('/a/b')], '/'), [{ path: 'a/b' }]);
  });

  it('that leads out of the root, or could hang whoever compares it, is not read', () => {
    const entries = [
      [{ path: '../x' }],
      [{ path: '/x' }],
      [{ base: 'a', pattern: '{a,b}'.repeat(30) }],
      [{ p: 1 }],
      'src',
      [{ base: '', pattern: '' }],
    ];
    for (const each of entries) {
      const text = encodeRecord({ ...record, entries: each as ClusterRecord['entries'] });
      const read = readRecord(text, root);
      if (read.kind === 'record') assert.deepEqual(each, [{ base: '', pattern: '' }]);
    }
  });

  it('of another version is not read', () => {
    assert.equal(readRecord(encodeRecord(record).replace('"version":1', '"version":2'), root).kind, 'unreadable');
  });

  it('can be anything, and nothing of it is thrown', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.jsonValue().map((value) => JSON.stringify(value)),
        ),
        (text) => {
          readRecord(text, root);
        },
      ),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(record)), fc.jsonValue()), (changes) => {
        const read = readRecord(JSON.stringify({ version: 1, ...record, scope: undefined, ...changes }), root);
        if (read.kind !== 'record') return;
        for (const text of [read.record.name, read.record.host, read.record.user]) assert.equal(typeof text, 'string');
        assert.ok(Number.isSafeInteger(read.record.pid));
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Which acquires can miss each other: none that may overlap. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LockId } from '../../../src/core/lock.ts';
import { globEntry, nameEntry, pathEntry, type ScopeEntry } from '../../../src/core/scope/entry.ts';
import { scopesOverlap } from '../../../src/core/scope/overlap.ts';
import { epochsOf, type Epochs } from '../../../src/protocols/etcd/epochs.ts';
import { Keys } from '../../../src/protocols/etcd/keys.ts';
import { relativeScope } from '../../../src/protocols/etcd/relativeScope.ts';

const root = '/repo/orchard';
const keys = new Keys('acme/orchard');

const epochsOn = (...entries: readonly ScopeEntry[]): Epochs => epochsOf(relativeScope(entries, root));

const segment = fc.constantFrom('src', 'SRC', 'docs', 'api', 'ſrc', 'a b', 'é', 'e\u0301');
const path = fc.array(segment, { maxLength: 3 }).map((names) => [root, ...names].join('/'));
const pattern = fc.constantFrom('**', '*', '*.ts', '{src,docs}/**', '**/*.md', 'src/*', '[sd]*/x', '?rc/**');
const entry: fc.Arbitrary<ScopeEntry> = fc.oneof(
  path.map(pathEntry),
  fc.tuple(path, pattern).map(([base, text]) => globEntry(base, text)),
  fc.constantFrom('a', 'b', 'agentwire:work').map(nameEntry),
  fc.constantFrom('/', '/repo', root).map(pathEntry),
  pattern.map((text) => globEntry('/repo', text)),
);
const scope = fc.array(entry, { minLength: 1, maxLength: 3 });

describe('The epochs of a scope', () => {
  it('are those of its top-level folders and names', () => {
    const scopes = [pathEntry(`${root}/src/api`), globEntry(`${root}/docs`, '**/*.md'), nameEntry('a')];
    assert.deepEqual(epochsOn(...scopes), { kind: 'some', names: ['name:a', 'path:docs', 'path:src'] });
    assert.deepEqual(epochsOn(pathEntry(`${root}/src/a`), pathEntry(`${root}/src/b`)), {
      kind: 'some',
      names: ['path:src'],
    });
  });

  it('are all where it may be anywhere', () => {
    for (const each of [
      pathEntry(root),
      pathEntry('/repo'),
      globEntry(root, '**/*.md'),
      globEntry('/repo', 'o*/src'),
    ]) {
      assert.deepEqual(epochsOn(each), { kind: 'all' });
    }
  });

  it('are all where there are more than a transaction can compare', () => {
    const folders = Array.from({ length: 120 }, (_, i) => pathEntry(`${root}/d${i}`));
    assert.equal(epochsOn(...folders.slice(0, 100)).kind, 'some');
    assert.equal(epochsOn(...folders).kind, 'all');
  });

  it('of two scopes that overlap have one in common, or one of them has all, also where a machine folds case', () => {
    let overlapping = 0;
    fc.assert(
      fc.property(scope, scope, fc.boolean(), (a, b, fold) => {
        const inside = [a, b].map((each) => each.filter((one) => relativeScope([one], root).length > 0));
        if (scopesOverlap(inside[0] ?? [], inside[1] ?? [], { fold }) === undefined) return;
        overlapping++;
        const [left, right] = [epochsOn(...a), epochsOn(...b)];
        if (left.kind === 'all' || right.kind === 'all') return;
        assert.ok(
          left.names.some((name) => right.names.includes(name)),
          JSON.stringify([a, b]),
        );
      }),
      { numRuns: 3_000 },
    );
    assert.ok(overlapping > 300, String(overlapping));
  });
});

describe('The keys near a scope', () => {
  it('have every lock that may overlap it', () => {
    let overlapping = 0;
    fc.assert(
      fc.property(scope, scope, fc.boolean(), (a, b, fold) => {
        const inside = [a, b].map((each) => each.filter((one) => relativeScope([one], root).length > 0));
        if (scopesOverlap(inside[0] ?? [], inside[1] ?? [], { fold }) === undefined) return;
        overlapping++;
        const key = keys.lock('x' as LockId, relativeScope(b, root));
        assert.ok(keys.near(epochsOn(...a)).some((range) => key >= range.key && key < range.end));
        const groups = keys.groupsNear(epochsOn(...a));
        assert.ok(groups === undefined || groups.includes(keys.read(key)?.group ?? ''));
      }),
      { numRuns: 3_000 },
    );
    assert.ok(overlapping > 300, String(overlapping));
  });

  it('are other keys in another namespace, also in one whose name begins alike', () => {
    const other = new Keys('acme');
    assert.ok(!keys.prefix.startsWith(other.prefix) && !other.prefix.startsWith(keys.prefix));
    assert.equal(other.read(keys.waiter('x' as LockId)), undefined);
  });

  it('can be read back, whatever names are in them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const key = keys.lock('x' as LockId, [{ name }]);
        assert.equal(keys.read(key)?.id, 'x');
        assert.equal(keys.read(keys.epoch(name)), undefined);
        assert.ok(Buffer.byteLength(key) < 400);
      }),
    );
  });
});

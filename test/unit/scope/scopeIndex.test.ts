import assert from 'node:assert/strict';
import fc from 'fast-check';
import { covers } from '../../../src/core/scope/covers.ts';
import { globEntry, nameEntry, pathEntry, type Scope } from '../../../src/core/scope/entry.ts';
import { scopesOverlap } from '../../../src/core/scope/overlap.ts';
import { ScopeIndex } from '../../../src/core/scope/scopeIndex.ts';
import { allPaths, entries } from './generators.ts';

const exact = { fold: false };

describe('the scope index', () => {
  const items: (readonly [Scope, string])[] = [
    [[pathEntry('/r/src')], 'src'],
    [[globEntry('/r', '**/*.ts'), pathEntry('/r/src/a.ts')], 'ts'],
    [[nameEntry('session')], 'session'],
    [[globEntry('/r', '{lib,doc}/*')], 'lib'],
  ];

  it('finds what covers a file, each once and in order', () => {
    const index = ScopeIndex.of(items, exact);
    assert.deepEqual(index.covering('/r/src/a.ts'), ['src', 'ts']);
    assert.deepEqual(index.covering('/r/doc/x'), ['lib']);
    assert.deepEqual(index.covering('/r/doc'), []);
    assert.deepEqual(index.covering('/'), []);
  });

  it('finds what overlaps a scope, names too', () => {
    const index = ScopeIndex.of(items, exact);
    assert.deepEqual(index.overlapping([nameEntry('session'), pathEntry('/r/lib/a/b')]), ['ts', 'session']);
    assert.deepEqual(index.overlapping([pathEntry('/')]), ['src', 'ts', 'lib']);
    assert.deepEqual(index.overlapping([]), []);
  });

  it('is not changed by deriving another one', () => {
    const before = ScopeIndex.of(items, exact);
    before.covering('/r/src/a.ts');
    const after = before.with({ remove: ['src'], add: [[[pathEntry('/r')], 'all']] });
    assert.deepEqual(before.covering('/r/src/a.ts'), ['src', 'ts']);
    assert.deepEqual(after.covering('/r/src/a.ts'), ['ts', 'all']);
  });

  it('answers as a scan of all does, also after changes', () => {
    const paths = allPaths('aAb.', 1, 3);
    const scopes = fc.array(fc.oneof(entries('all'), fc.constantFrom(nameEntry('x'), nameEntry('y'))), {
      maxLength: 3,
    });
    let compared = 0;
    fc.assert(
      fc.property(
        fc.array(scopes, { maxLength: 25 }),
        fc.array(scopes, { maxLength: 12 }),
        scopes,
        fc.boolean(),
        (first, later, asked, fold) => {
          const made = [...first, ...later].map((scope, id) => [scope, { id }] as const);
          const removed = made.filter((_, id) => id < first.length && id % 3 === 0);
          const left = made.filter((item) => !removed.includes(item));
          const index = ScopeIndex.of(made.slice(0, first.length), { fold }).with({
            remove: removed.map(([, value]) => value),
            add: made.slice(first.length),
          });
          const overlapping = left.filter(([scope]) => scopesOverlap(asked, scope, { fold }) !== undefined);
          assert.deepEqual(index.overlapping(asked), valuesOf(overlapping));
          for (const path of paths) {
            const covering = left.filter(([scope]) => scope.some((entry) => covers(entry, path, { fold })));
            assert.deepEqual(index.covering(path), valuesOf(covering), path);
            compared += left.length;
          }
        },
      ),
      { numRuns: 150 },
    );
    console.log(`      compared ${compared} pairs of lock and path`);
  }).timeout(60_000);
});

function valuesOf<T>(items: readonly (readonly [Scope, T])[]): T[] {
  return items.map(([, value]) => value);
}

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Area, areasOf } from '../../../src/core/scope/area.ts';
import { covers } from '../../../src/core/scope/covers.ts';
import { globEntry, nameEntry, pathEntry, type ScopeEntry } from '../../../src/core/scope/entry.ts';
import type { CaseRule } from '../../../src/core/scope/foldCase.ts';
import { overlaps, scopesOverlap } from '../../../src/core/scope/overlap.ts';
import { allPaths, entries } from './generators.ts';

const exact = { fold: false };
const folding = { fold: true };
const g = (pattern: string, base = '/r'): ScopeEntry => globEntry(base, pattern);
const p = pathEntry;

describe('overlap', () => {
  const cases: readonly (readonly [a: ScopeEntry, b: ScopeEntry, expected: boolean])[] = [
    [p('/r'), p('/r/a/b'), true],
    [p('/r/a'), p('/r/ab'), false],
    [p('/'), p('/x'), true],
    [p('/r/[id]'), p('/r/i'), false],
    [p('/r/[id]'), g('[id]'), true],
    [p('/r/[id]'), g('[!x]d'), false],
    [p('/r/src'), g('src/*'), true],
    [p('/r/src/a/b'), g('src/*'), false],
    [p('/r'), g('**/x', '/r/a'), true],
    [p('/r/a.ts'), g('*.js'), false],
    [p('/r/a'), g('*.js'), false],
    [p('/r/a'), g('**/*.js'), true],
    [p('/r/foo.test.ts'), g('!(*.test).ts'), false],
    [p('/s'), g('**'), false],
    [g('**/*.ts'), g('src/**'), true],
    [g('**/*.ts'), g('**/*.js'), false],
    [g('a*'), g('*b'), true],
    [g('a*b'), g('b*'), false],
    [g('*/x', '/r'), g('*', '/r/a'), true],
    [g('*/x', '/r'), g('y*', '/r/a'), false],
    [g('[!a]*'), g('a*'), false],
    [g('[[:digit:]]'), g('[a-z]'), false],
    [g('+(ab)'), g('a*a'), false],
    [g('+(ab)'), g('a*b'), true],
    [g('*(a)b'), g('c*'), false],
    [g('@(x/y|z)/w'), g('x/*/w'), true],
    [g('@(x/y|z)/w'), g('x/w'), false],
    [g('{a,b}/**'), g('{b,c}/*.ts'), true],
    [g('{a,b}/**'), g('{c,d}/*.ts'), false],
    [g('a.*'), g('a?'), true],
    [g('.*'), g('??*'), true],
    [g('.*'), g('?'), false],
    [g('\\*'), g('[*]'), true],
    [g('\\*'), g('a'), false],
    [g('?'), g('??'), false],
    [g('**'), g('.*'), true],
    [g('!a*'), g('\\!?*'), true],
    [nameEntry('a'), nameEntry('a'), true],
    [nameEntry('a'), nameEntry('A'), false],
    [nameEntry('/r'), p('/r'), false],
  ];
  for (const [a, b, expected] of cases) {
    it(`${show(a)} and ${show(b)} ${expected ? 'overlap' : 'are apart'}`, () => {
      assert.equal(overlaps(a, b, exact), expected);
      assert.equal(overlaps(b, a, exact), expected);
    });
  }

  it('folds paths and globs where the file system does, and never names', () => {
    assert.ok(overlaps(p('/r/A'), p('/r/a/b'), folding));
    assert.ok(overlaps(g('SRC/*.TS'), g('src/a*'), folding));
    assert.ok(overlaps(p('/r/Éa'), g('é*'), folding));
    assert.ok(!overlaps(g('A*'), g('a*'), exact));
    assert.ok(!overlaps(nameEntry('a'), nameEntry('A'), folding));
  });

  it('names the overlapping pair of entries of two scopes', () => {
    const pair = scopesOverlap([p('/r/a'), g('src/**')], [nameEntry('x'), p('/r/src/b')], exact);
    assert.deepEqual(pair, { a: g('src/**'), b: p('/r/src/b') });
    assert.equal(scopesOverlap([p('/r/a')], [], exact), undefined);
  });

  it('takes a pair that is too intricate to search for overlapping, in bounded time', function () {
    this.timeout(20_000);
    const start = performance.now();
    assert.ok(overlaps(g(`${'*a'.repeat(400)}*`), g(`${'*(a|b|ab)'.repeat(90)}*`), exact));
    assert.ok(performance.now() - start < 5_000);
  });
});

describe('overlap against brute force', function () {
  this.timeout(120_000);
  for (const [kind, rule, alphabet] of [
    ['exact', exact, 'ab.'],
    ['all', exact, 'ab.'],
    ['exact', folding, 'aA.'],
  ] as const) {
    const what = kind === 'all' ? 'never misses, with !()' : 'never misses and is exact';
    it(`${what}${rule.fold ? ', folding case' : ''}`, () => {
      const paths = [...new Set([...allPaths(alphabet, 2, 3), ...allPaths(alphabet, 3, 2)])];
      const list = fc.sample(entries(kind), 320);
      const covered = list.map((entry) => coveredBits(entry, paths, rule));
      const count = { pairs: 0, overlapping: 0, proven: 0, undecided: 0 };
      list.forEach((a, i) => {
        list.slice(i).forEach((b, offset) => {
          const found = overlaps(a, b, rule);
          const brute = meet(covered[i], covered[i + offset]);
          count.pairs++;
          if (found) count.overlapping++;
          if (brute) assert.ok(found, `missed: ${show(a)} and ${show(b)}`);
          if (!found || brute || kind === 'all' || count.proven + count.undecided >= 500) return;
          // All short paths are too short: look for a longer one, guided by the patterns.
          const witness = findWitness(a, b, rule);
          if (witness === 'gave up') count.undecided++;
          else if (witness === 'none') assert.fail(`not exact: ${show(a)} and ${show(b)}`);
          else count.proven++;
        });
      });
      console.log(`      ${JSON.stringify(count)} over ${paths.length} paths`);
    });
  }
});

function show(entry: ScopeEntry): string {
  return entry.kind === 'glob' ? `${entry.base}|${entry.pattern}` : JSON.stringify(entry);
}

function coveredBits(entry: ScopeEntry, paths: readonly string[], rule: CaseRule): Uint8Array {
  return Uint8Array.from(paths, (path) => (covers(entry, path, rule) ? 1 : 0));
}

function meet(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a?.some((bit, i) => bit === 1 && b?.[i] === 1) === true;
}

type Search = 'found' | 'gave up' | 'none';

/** Looks for a path that both cover, breadth-first over a small alphabet. `covers` has the last word. */
function findWitness(a: ScopeEntry, b: ScopeEntry, rule: CaseRule): Search {
  const seen = new Set<string>();
  let level = ['/'];
  for (let steps = 0; level.length > 0;) {
    const next: string[] = [];
    for (const path of level) {
      if (++steps > 4_000) return 'gave up';
      for (const char of path.endsWith('/') ? 'abA1.[-]' : 'abA1.[-]/') {
        const longer = path + char;
        if (/\/\.{1,2}\/$/.test(longer)) continue;
        if (!/\/\.{0,2}$/.test(longer) && covers(a, longer, rule) && covers(b, longer, rule)) return 'found';
        const left = areasOf(a, rule).map((area) => progress(area, longer));
        const right = areasOf(b, rule).map((area) => progress(area, longer));
        if (left.every((text) => text === '') || right.every((text) => text === '')) continue;
        const key = `${left.join()} ${right.join()} ${/\/\.{0,2}$/.exec(longer)?.[0] ?? ''}`;
        if (seen.has(key)) continue;
        seen.add(key);
        next.push(longer);
      }
    }
    level = next;
  }
  return 'none';
}

/** Where an area is after a text; '' if nothing that begins so lies in it. */
function progress(area: Area, text: string): string {
  const lead = area.at === '/' ? '/' : `${area.at}/`;
  if (lead.startsWith(text)) return `at ${text.length}`;
  if (!text.startsWith(lead) || area.kind === 'spot') return '';
  if (area.kind === 'tree') return 'inside';
  const places = area.matcher.steps.advance(text.slice(lead.length));
  // The last character alone may complete the match; then no place is left, and the text itself must be tried.
  return places.length > 0 || area.matcher.test(text.slice(lead.length)) ? `p${[...places].sort().join('-')}` : '';
}

import assert from 'node:assert/strict';
import fc from 'fast-check';
import micromatch from 'micromatch';
import { areasOf } from '../../../src/core/scope/area.ts';
import { expandBraces, parseBraces } from '../../../src/core/scope/braces.ts';
import { covers } from '../../../src/core/scope/covers.ts';
import { globEntry, nameEntry, pathEntry } from '../../../src/core/scope/entry.ts';
import { PatternMatcher } from '../../../src/core/scope/patternMatcher.ts';
import { buildAutomaton } from '../../../src/core/scope/automaton.ts';
import { parseRegex } from '../../../src/core/scope/regexSyntax.ts';
import { runAutomaton } from '../../../src/core/scope/runAutomaton.ts';
import { ScopeError } from '../../../src/core/scope/scopeError.ts';
import { allPaths, patterns } from './generators.ts';

const exact = { fold: false };
const folding = { fold: true };
/** micromatch's published rules, and none of our own. */
const options = { dot: true, posix: true, windows: false, maxExtglobRecursion: false };

describe('what a glob covers (the traps of DEPENDENCIES.md, section 3)', () => {
  const cases: readonly (readonly [pattern: string, path: string, covered: boolean])[] = [
    ['src/**', '/r/src/.env', true],
    ['src/**', '/r/src', true],
    ['src/**', '/r/src/a/b', true],
    ['src/*', '/r/src/a', true],
    ['src/*', '/r/src/a/b', false],
    ['src/*/', '/r/src/a', false],
    ['src/*/', '/r/src/a/b', true],
    ['[!a]', '/r/a', false],
    ['[!a]', '/r/b', true],
    ['[slug]', '/r/[slug]', true], // micromatch lets such a class match its own text, too.
    ['[!slug]', '/r/[!slug]', false],
    ['[slug]', '/r/s', true],
    ['(group)/x*', '/r/group/x', true],
    ['*.ts', '/r/.ts', true],
    ['**', '/r/line\nbreak', true],
    ['*', '/r/line\nbreak', true],
    ['\\d*', '/r/dx', true],
    ['\\d*', '/r/1x', false],
    ['"a"*', '/r/"a"b', true],
    ['"a"*', '/r/ab', false],
    ['src/!a*', '/r/src/!ab', true],
    ['src/!a*', '/r/src/b', false],
    ['{a,b/}', '/r/a', true],
    ['{a,b/}', '/r/a/x', false],
    ['{a,b/}', '/r/b/x', true],
    ['{1..12}', '/r/10', true],
    ['{01..12}', '/r/7', false],
    ['{01..12}', '/r/07', true],
    ['*(a|aa)', '/r/aaa', true],
    ['+(a|*)', '/r/x', true],
    ['[[:digit:]]*', '/r/7x', true],
    ['a.[[:alpha:]]', '/r/abc', false],
    ['a.[[:alpha:]]', '/r/a.c', true],
    ['a\\?[[:alpha:]]', '/r/a?c', true],
    ['a[^[:alpha:]]b', '/r/a/b', false],
    ['[[:punct:]]', '/r/]', true],
    ['[[:punct:]]', '/r/a', false],
    ['[[:digit:][:upper:]_]x', '/r/Qx', true],
    ['[[:space:]]', '/r/\t', true],
    ['\\*', '/r/*', true],
  ];
  for (const [pattern, path, covered] of cases) {
    it(`${JSON.stringify(pattern)} ${covered ? 'covers' : 'does not cover'} ${JSON.stringify(path)}`, () => {
      assert.equal(covers(globEntry('/r', pattern), path, exact), covered);
    });
  }

  it('a path covers itself and all below, and no pattern is seen in it', () => {
    assert.ok(covers(pathEntry('/r/[a]'), '/r/[a]', exact));
    assert.ok(covers(pathEntry('/r/[a]'), '/r/[a]/b', exact));
    assert.ok(!covers(pathEntry('/r/[a]'), '/r/a', exact));
    assert.ok(!covers(pathEntry('/r/a'), '/r/ab', exact));
    assert.ok(covers(pathEntry('/'), '/r', exact));
  });

  it('a name covers no path', () => assert.ok(!covers(nameEntry('/r'), '/r', exact)));

  it('folds case only where the file system does', () => {
    assert.ok(!covers(pathEntry('/r/README'), '/r/readme', exact));
    assert.ok(covers(pathEntry('/r/README'), '/r/readme', folding));
    assert.ok(covers(globEntry('/R', '[A-C]*.TS'), '/r/bx.ts', folding));
    assert.ok(!covers(globEntry('/r', '[!A]'), '/r/a', folding));
    assert.ok(covers(globEntry('/r', '[À-Ý]*'), '/r/éa', folding));
    assert.ok(covers(globEntry('/r', '\u212a*'), '/r/kx', folding), 'the Kelvin sign is a k');
    assert.ok(covers(pathEntry('/r/e\u0301'), '/r/É', folding), 'composed and decomposed');
    assert.ok(covers(globEntry('/r', '[[:upper:]]'), '/r/a', folding));
  });

  it('reads a pattern of a record that micromatch cannot read as all below, never as nothing', () => {
    assert.ok(covers(globEntry('/r', '[z-a].ts'), '/r/anything', exact));
    assert.ok(covers({ kind: 'glob', base: '/r', pattern: '[' }, '/r/anything', exact));
  });

  it('agrees with micromatch on the whole pattern, literal leading segments included', () => {
    const paths = allPaths('ab.', 2, 2).filter((path) => path !== '/');
    let compared = 0;
    fc.assert(
      fc.property(fc.constantFrom('', 'a/', 'a/b/'), patterns('all'), (literal, tail) => {
        const pattern = literal + tail;
        const entry = tryEntry(pattern);
        if (entry === undefined) return;
        const texts = expandBraces(parseBraces(pattern.replace(/\\a/g, 'a')));
        // Empty alternatives mean a directory here and nothing to micromatch; `.` segments are dropped here.
        fc.pre(texts.every((text) => text !== '' && !/(^|\/)(\.?)(\/|$)/.test(text)));
        fc.pre(entry.kind === 'glob');
        // micromatch loses text next to a POSIX class; the table above has ours.
        fc.pre(!pattern.includes('[:'));
        const expected = texts.map((text) => micromatch.makeRe(text, options));
        // A pattern never covers the directory it is in; to micromatch `a/**/(b)?` matches `a`.
        const places = new Set(areasOf(entry, exact).map((area) => (area.kind === 'pattern' ? area.at : '')));
        for (const path of paths.filter((each) => !places.has(each))) {
          compared++;
          const wanted = expected.some((regex) => regex.test(path.slice(1)));
          assert.equal(covers(entry, path, exact), wanted, `${pattern} on ${path}`);
        }
      }),
      { numRuns: 1_000 },
    );
    console.log(`      compared ${compared} paths with micromatch`);
  });

  it('runs every pattern in linear time exactly as the native engine does', () => {
    const paths = allPaths('abA.', 2, 2).map((path) => path.slice(1));
    fc.assert(
      fc.property(patterns('all'), fc.boolean(), (pattern, fold) => {
        const { source } = micromatch.makeRe(pattern.replace(/[{}]/g, '').replace(/\\a/g, 'a'), options);
        fc.pre(source.startsWith('^') && !source.startsWith('^(?!^'));
        const native = new RegExp(source, fold ? 'si' : 's');
        const automaton = buildAutomaton(parseRegex(source, fold));
        for (const path of paths) {
          const text = fold ? path.toLowerCase() : path;
          assert.equal(runAutomaton(automaton, text), native.test(text), `${source} on ${text}`);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('braces', () => {
  it('expand as in micromatch', () => {
    for (const text of [
      '{a,b}c',
      'a{1..3}',
      '{01..10}',
      '{a..e}',
      '{10..1..3}',
      '{a,{b,c}d}',
      '[{a,b}]',
      '{a}',
      '{a,b}{c,d}',
      'a{,b}',
    ]) {
      const ours = expandBraces(parseBraces(text)).map((alternative) => alternative.replace(/\\([{}])/g, '$1'));
      assert.deepEqual([...ours].sort(), micromatch.braces(text, { expand: true }).sort(), text);
    }
  });
});

describe('hostile patterns', function () {
  for (const backslashes of [2, 3, 4, 5, 6, 7, 8]) {
    it(`end, also where ${backslashes} backslashes end them`, () => {
      for (const start of ['*', '\\{a', '?(a)', '[ab]']) {
        const entry = globEntry('/r', start + '\\'.repeat(backslashes));
        assert.ok(!covers(entry, '/r/unlike', exact), start);
      }
      const star = globEntry('/r', '*' + '\\'.repeat(backslashes));
      assert.ok(covers(star, `/r/a${backslashes % 2 === 0 ? '\\' : '\\\\'}`, exact));
    });
  }

  this.timeout(20_000);
  const path = `/${Array.from({ length: 8 }, () => 'a'.repeat(250)).join('/')}`;
  const hostile = [
    '*a'.repeat(500) + 'b',
    '+(a|aa)+(a|aa)c',
    '+(+(+(a)))c',
    '**/'.repeat(300) + '*b',
    '?(a)'.repeat(250) + 'b',
  ];
  const nested = `${'+('.repeat(16)}*${')'.repeat(16)}c`;
  for (const pattern of [...hostile, nested, '!(*a*a*a*a)'.repeat(20) + 'c', '*(a|b|ab)'.repeat(100)]) {
    it(`take bounded time: ${pattern.slice(0, 30)}`, () => {
      const start = performance.now();
      new PatternMatcher(pattern, exact).test(path.slice(1));
      const ms = performance.now() - start;
      // Backtracking would take hours; this is no benchmark.
      assert.ok(ms < 5_000, `${ms} ms`);
    });
  }
});

function tryEntry(pattern: string): ReturnType<typeof globEntry> | undefined {
  try {
    return globEntry('/', pattern);
  } catch (error) {
    if (error instanceof ScopeError) return undefined;
    throw error;
  }
}

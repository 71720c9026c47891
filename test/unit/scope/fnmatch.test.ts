/** claude-swarm's patterns and our entries: whatever one side locks, the other knows of, never less (DESIGN 5). */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { covers } from '../../../src/core/scope/covers.ts';
import { globEntry, pathEntry, type ScopeEntry } from '../../../src/core/scope/entry.ts';
import { entriesOfFnmatch } from '../../../src/core/scope/fnmatch.ts';
import { drive, type Os } from '../../../src/os/os.ts';
import { wordsFor } from '../../../src/protocols/claudeSwarm/words.ts';
import { pythonFile } from '../../real/programs.ts';
import { fnmatches } from './bruteFnmatch.ts';
import { allPaths, patterns } from './generators.ts';

const root = '/w';
const rule = { fold: false };

/** Every relative path of up to three names of up to two of these characters. */
const paths = [
  ...allPaths('ab[', 2, 2),
  ...allPaths('a*]', 1, 3),
  ...allPaths('ab', 1, 4),
  ...allPaths('.a!', 2, 1),
].map((path) => path.slice(1));

const pieces = ['a', 'b', '/', '*', '?', '[a]', '[!a]', '[ab]', '[a-b]', '[]a]', '[!]]', '[', ']', '!', '-', '.'];
const text = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));

describe('A pattern of claude-swarm', () => {
  it('is tried here as Python tries it', () => {
    const cases = fc.sample(fc.tuple(fc.constantFrom(...paths), text), { numRuns: 3_000, seed: 5 });
    const script =
      'import fnmatch, json, sys; print(json.dumps([fnmatch.fnmatch(t, p) for t, p in json.load(sys.stdin)]))';
    const answer = execFileSync(pythonFile(), ['-c', script], { input: JSON.stringify(cases), encoding: 'utf8' });
    const expected = JSON.parse(answer) as readonly boolean[];
    assert.ok(expected.filter(Boolean).length > 50);
    cases.forEach(([path, pattern], i) => assert.equal(fnmatches(path, pattern), expected[i], `${path} ${pattern}`));
  });

  it('becomes entries that cover every path which it matches', () => {
    let matched = 0;
    fc.assert(
      fc.property(text, (pattern) => {
        const entries = entriesOfFnmatch(root, pattern);
        for (const path of paths) {
          if (path === '' || !fnmatches(path, pattern)) continue;
          matched++;
          assert.ok(
            entries.some((entry) => covers(entry, `${root}/${path}`, rule)),
            `${pattern} matches ${path}, but ${JSON.stringify(entries)} does not cover it`,
          );
        }
      }),
      { numRuns: 2_000, examples: [['*.*'], ['a.*'], ['.*'], ['?.*']] },
    );
    assert.ok(matched > 1_000, String(matched));
  });

  it('begins in the root also where the root’s own name looks like a pattern', () => {
    const entries = entriesOfFnmatch('/w[1]', '/w[1]/src/*.py');
    assert.ok(entries.some((entry) => covers(entry, '/w[1]/src/a.py', rule)));
    assert.ok(!entries.some((entry) => covers(entry, '/w[1]/docs/a.py', rule)));
  });

  it('covers little more, where it can be said: other folders stay free', () => {
    const isCovered = (pattern: string, path: string): boolean =>
      entriesOfFnmatch(root, pattern).some((entry) => covers(entry, `${root}/${path}`, rule));
    for (const [pattern, path, expected] of [
      ['src/*.py', 'src/a.py', true],
      ['src/*.py', 'src/deep/a.py', true],
      ['src/*.py', 'src/a.ts', false],
      ['src/*.py', 'docs/a.py', false],
      ['src/auth.py', 'src/auth.py', true],
      ['src/auth.py', 'src/auth.pyc', false],
      ['app/[id]/page', 'app/[id]/page', true],
      ['app/[id]/page', 'app/i/page', true],
      ['app/[id]/page', 'app/x/page', false],
      ['../outside', 'outside', false],
      ['/w/src/*.py', 'src/a.py', true],
      ['/w/src/*.py', 'src/deep/a.py', true],
      ['/w/src/*.py', 'docs/a.py', false],
      ['./docs/../src/*.py', 'src/a.py', true],
      ['./docs/../src/*.py', 'docs/a.py', false],
      ['docs/../*.py', 'a.py', true],
      ['../w/src/*.py', 'src/a.py', true],
      ['../*/a.py', 'a.py', true],
      ['/*.py', 'a.py', true],
      ['/elsewhere/*.py', 'a.py', false],
      ['/elsewhere/*.py', 'elsewhere/a.py', false],
      ['/wider/*.py', 'a.py', false],
      ['../outside/*', 'outside/a', false],
      ['src/*/../a.py', 'src/a.py', true],
    ] as const) {
      assert.equal(isCovered(pattern, path), expected, `${pattern} ${path}`);
    }
  });
});

describe('A scope of ours in claude-swarm’s words', () => {
  /** Nothing is on the disk, so that every path may be a folder. */
  const wordsOf = (entry: ScopeEntry): Promise<readonly string[]> =>
    drive({ lstat: () => undefined } as Partial<Os> as Os, wordsFor([entry], root));
  const assertCovered = async (entry: ScopeEntry): Promise<number> => {
    const words = await wordsOf(entry);
    const covered = paths.filter((path) => path !== '' && covers(entry, `${root}/${path}`, rule));
    for (const path of covered) {
      assert.ok(
        words.some((word) => word === path || fnmatches(path, word)),
        `${JSON.stringify(entry)} covers ${path}, but ${JSON.stringify(words)} do not match it`,
      );
    }
    return covered.length;
  };

  it('matches every path that it covers, also where names look like patterns', async () => {
    let covered = 0;
    for (const path of paths) covered += await assertCovered(pathEntry(path === '' ? root : `${root}/${path}`));
    assert.ok(covered > paths.length);
    await assertCovered(pathEntry('/'));
  });

  it('matches every path that a glob covers', async () => {
    const glob = patterns('exact').map((pattern) => {
      try {
        return globEntry(root, pattern);
      } catch {
        return pathEntry(root); // refused: nobody can lock it
      }
    });
    await fc.assert(
      fc.asyncProperty(glob, async (entry) => {
        await assertCovered(entry);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is sorted, relative, and says nothing of other places', async () => {
    assert.deepEqual(await wordsOf(pathEntry('/w/src')), ['src', 'src/*']);
    assert.deepEqual(await wordsOf(globEntry('/w', 'src/**')), ['src', 'src/*']);
    assert.deepEqual(await wordsOf(globEntry('/w', 'src/*.py')), ['src/*']);
    assert.deepEqual(await wordsOf(pathEntry('/w/a[1]')), ['a[1]', 'a[[]1]/*']);
    assert.deepEqual(await wordsOf(pathEntry('/w')), ['*', '.']);
    assert.deepEqual(await wordsOf(pathEntry('/elsewhere')), []);
    assert.deepEqual(await wordsOf({ kind: 'name', name: 'main' }), []);
  });
});

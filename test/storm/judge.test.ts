/** The judge itself: that it sees what must not be, and blames nobody for what may. */
import assert from 'node:assert/strict';
import { Judge } from './judge.ts';
import { makePool, overlap, type PooledScope } from './pool.ts';

const pool = makePool(2);

function scopeOf(text: string): PooledScope {
  const found = pool.find(({ parts }) => parts.length === 1 && parts[0]?.text === text);
  assert.ok(found, text);
  return found;
}

const numberOf = (text: string): number => pool.indexOf(scopeOf(text));

/** Each line as `what who words`; the times are their order, in ms. */
function judged(...lines: readonly string[]): Judge {
  const judge = new Judge(pool);
  for (const [index, line] of lines.entries()) {
    const [what = '', who = '', ...words] = line.split(' ');
    judge.take([what, who, index * 1e6, ...words].join(' '), index);
  }
  return judge;
}

const enter = (who: string, key: string, text: string, mode = 'exclusive', from = 0): string =>
  `enter ${who} ${key} ${numberOf(text)} ${mode} 0 ${from}`;

const [src, users, typescript, docs] = ['area-0/src', 'area-0/src/api/users.ts', 'area-0/src/**/*.ts', 'area-0/docs'];

describe('The judge of a storm', () => {
  it('knows by the files who overlaps whom', () => {
    assert.ok(overlap(scopeOf(src), scopeOf(users)));
    assert.ok(overlap(scopeOf(typescript), scopeOf(users)));
    assert.ok(overlap(scopeOf('area-0/**/*.md'), scopeOf(docs)));
    assert.ok(!overlap(scopeOf(src), scopeOf(docs)));
    assert.ok(!overlap(scopeOf(src), scopeOf('area-1/src')));
    assert.ok(overlap(scopeOf('area-0/deploy'), scopeOf('area-0/deploy')));
  });

  it('sees two inside together', () => {
    const { violations } = judged(enter('library-1', 'a', src), enter('loop-2', 'b', users));
    assert.equal(violations.length, 1);
    assert.match(
      violations[0] ?? '',
      /^loop-2 \(b\) entered area-0\/src\/api\/users\.ts while library-1 \(a\) was inside/,
    );
  });

  it('sees a reader and a writer together', () => {
    const { violations } = judged(enter('library-1', 'a', src, 'shared'), enter('run-2', 'b', typescript));
    assert.equal(violations.length, 1);
  });

  it('has nothing against readers, strangers and successors', () => {
    const { violations, inside } = judged(
      enter('library-1', 'a', src, 'shared'),
      enter('library-2', 'b', users, 'shared'),
      enter('loop-3', 'c', docs),
      'leave library-1 a done 0',
      'leave library-2 b done 0',
      enter('run-4', 'd', src),
    );
    assert.deepEqual(violations, []);
    assert.equal(inside.length, 2);
  });

  it('blames nobody who comes in after a kill', () => {
    const judge = judged(
      enter('library-1', 'a', src),
      'killing library-1',
      enter('loop-2', 'b', users),
      'killed library-1',
    );
    assert.deepEqual(judge.violations, []);
    assert.equal(judge.diedInside, 1);
  });

  it('sees that one who was taken for dead was not', () => {
    const { violations } = judged(
      enter('library-1', 'a', src),
      'killing library-1',
      enter('loop-2', 'b', users),
      'leave library-1 a done 0',
    );
    assert.match(violations[0] ?? '', /^library-1 was taken for dead/);
  });

  it('sees a refusal because of somebody who was dead before', () => {
    const killed = [enter('library-1', 'a', src), 'killing library-1', 'killed library-1'];
    assert.deepEqual(judged(...killed, 'conflict loop-2 1 library-1').violations, []);
    assert.match(judged(...killed, 'conflict loop-2 3 library-1').violations[0] ?? '', /was dead when it asked$/);
  });

  it('counts overlaps after a removal apart, until the holder is told', () => {
    const removed = [enter('library-1', 'a', src), 'removing - a', enter('loop-2', 'b', users)];
    const judge = judged(...removed, 'leave library-1 a told 0');
    assert.deepEqual(judge.violations, []);
    assert.equal(judge.overlapsAfterRemoval, 1);
    assert.deepEqual(judge.tellingMs, [2]);
    assert.equal(judged(...removed, enter('run-3', 'c', users)).violations.length, 1);
  });

  it('counts the time to tell a stopped holder from when it goes on', () => {
    const judge = judged(
      enter('library-1', 'a', src),
      'removing - a',
      'continued library-1',
      'leave library-1 a told 0',
    );
    assert.deepEqual(judge.tellingMs, [1]);
  });

  it('excuses what was perhaps published before the directory went, and nothing later', () => {
    const gone = ['removing-all -', 'removed-all -'];
    assert.deepEqual(
      judged(...gone, enter('loop-1', 'a', src), enter('run-2', 'b', src, 'exclusive', 5)).violations,
      [],
    );
    const later = judged(...gone, enter('loop-1', 'a', src, 'exclusive', 5), enter('run-2', 'b', src, 'exclusive', 5));
    assert.equal(later.violations.length, 1);
  });

  it('sees a loss that nobody caused, an end inside, and a lease that ends where there is none', () => {
    assert.equal(judged(enter('library-1', 'a', src), 'leave library-1 a told 0').violations.length, 1);
    assert.equal(judged(enter('run-1', 'a', src), 'ended run-1').violations.length, 1);
    assert.equal(judged(enter('library-1', 'a', src), 'leave library-1 a expired 0').violations.length, 1);
  });
});

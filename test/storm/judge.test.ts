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

/** Each line as `what who words`, one every millisecond; or with its time in front, as in `7000 continued library-1`. */
function judged(...lines: readonly string[]): Judge {
  const judge = new Judge(pool);
  for (const [index, line] of lines.entries()) {
    const [, ms = String(index), what, who, words] = /^(?:(\d+) )?(\S+) (\S+)(.*)$/.exec(line) ?? [];
    judge.take(`${what} ${who} ${Number(ms) * 1e6}${words}`, index);
  }
  return judge;
}

const enter = (who: string, key: string, text: string, mode = 'exclusive', from = 0, token = '-'): string =>
  `enter ${who} ${key} ${numberOf(text)} ${mode} 0 ${from} ${token}`;

const withToken = (who: string, key: string, text: string, token: number, mode = 'exclusive'): string =>
  enter(who, key, text, mode, 0, `loops:${token}`);

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
      'leave library-1 a done',
      'leave library-2 b done',
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
      'leave library-1 a done',
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
    const judge = judged(...removed, 'leave library-1 a told');
    assert.deepEqual(judge.violations, []);
    assert.equal(judge.overlapsAfterRemoval, 1);
    assert.deepEqual(judge.telling.toldMs, [2]);
    assert.equal(judged(...removed, enter('run-3', 'c', users)).violations.length, 1);
  });

  it('counts for the time to tell only how long the holder ran, however short its stops', () => {
    const stopped = judged(
      '0 stopped library-1',
      enter('library-1', 'a', src),
      '10 removing - a',
      '9000 continued library-1',
      '9020 stopped library-1',
      '9030 continued library-1',
      '9100 leave library-1 a told',
    );
    assert.deepEqual(stopped.telling.toldMs, [90]);
    const itself = judged(
      enter('library-1', 'a', src),
      'stopping library-1 a',
      'removing - a',
      '9000 leave library-1 a told',
    );
    assert.deepEqual(itself.telling.toldMs, [0]);
  });

  it('sees a running holder that is told too late, also where it was stopped for a moment', () => {
    const removed = [enter('library-1', 'a', src), '10 removing - a'];
    const late = [...removed, '20 stopped library-1', '30 continued library-1', '6100 leave library-1 a told'];
    assert.match(
      judged(...late).violations[0] ?? '',
      /^library-1 ran for 6080 ms without being told that a was removed/,
    );
    assert.deepEqual(judged(...removed, '6000 leave library-1 a told').violations, []);
  });

  it('sees a running holder that is never told, and one that ends or is killed before that', () => {
    const removed = (who: string): readonly string[] => [enter(who, 'a', src), '10 removing - a'];
    for (const [who, end] of [
      ['library-1', 'leave library-1 a done'],
      ['run-1', 'ended run-1'],
      ['library-1', 'killing library-1'],
    ] as const) {
      assert.equal(judged(...removed(who), `6100 ${end}`).violations.length, 1, end);
      const soon = judged(...removed(who), `600 ${end}`);
      assert.deepEqual(soon.violations, [], end);
      assert.deepEqual(soon.telling.untoldMs, [590], end);
      assert.deepEqual(soon.telling.toldMs, [], end);
    }
  });

  it('counts a holder once that is killed after its last word', () => {
    const removed = [enter('library-1', 'a', src), 'removing - a', 'killing library-1', 'leave library-1 a done'];
    assert.deepEqual(judged(...removed).telling.untoldMs, [1]);
  });

  it('expects nobody to tell little-loops', () => {
    const { violations, telling } = judged(enter('loop-1', 'a', src), '10 removing - a', '9000 leave loop-1 a done');
    assert.deepEqual(violations, []);
    assert.equal(telling.neverTold, 1);
    assert.deepEqual(telling.untoldMs, []);
  });

  it('expects no word of a removal that a renewal under way has undone, but of the next', () => {
    const renewed = [enter('library-1', 'a', src), '10 removing - a', '20 renewed library-1 a'];
    assert.deepEqual(judged(...renewed, '9000 leave library-1 a done').violations, []);
    assert.equal(judged(...renewed, '30 removing - a', '9000 leave library-1 a done').violations.length, 1);
  });

  it('excuses nobody where the remover came too late', () => {
    const spared = [enter('library-1', 'a', src), 'removing - a', 'spared - a'];
    assert.equal(judged(...spared, enter('run-2', 'b', users)).violations.length, 1);
    assert.equal(judged(...spared, 'leave library-1 a told').violations.length, 1);
    const second = [enter('library-1', 'a', src), 'removing - a', 'removing - a', 'spared - a'];
    assert.deepEqual(judged(...second, enter('run-2', 'b', users)).violations, []);
  });

  it('excuses a newcomer whose record is gone only where the others came after that', () => {
    const inside = enter('library-1', 'a', src);
    assert.equal(judged(inside, 'removing - b', enter('library-2', 'b', src)).violations.length, 1);
    assert.deepEqual(judged('removing - b', inside, enter('library-2', 'b', src)).violations, []);
  });

  it('excuses nobody by the removal of the directory whose record was not removed', () => {
    const gone = ['removing-all -', 'removed-all -'];
    assert.equal(judged(...gone, enter('library-1', 'a', src), enter('run-2', 'b', src)).violations.length, 1);
    const stays = [enter('library-1', 'a', src), ...gone, enter('library-2', 'b', src, 'exclusive', 1)];
    assert.equal(judged(...stays).violations.length, 1);
    const goes = [enter('library-1', 'a', src), 'removing-all -', 'removing - a', 'removed-all -'];
    assert.deepEqual(judged(...goes, enter('library-2', 'b', src, 'exclusive', 1)).violations, []);
  });

  it('excuses little-loops in a gate that is gone, until its record can be seen', () => {
    const gone = ['removing-all -', 'removed-all -'];
    const loop = enter('loop-1', 'a', src);
    assert.deepEqual(judged(...gone, loop, enter('run-2', 'b', src, 'exclusive', 2)).violations, []);
    assert.equal(judged(...gone, loop, enter('run-2', 'b', src, 'exclusive', 3)).violations.length, 1);
    assert.equal(
      judged(...gone, enter('loop-1', 'a', src, 'exclusive', 2), enter('run-2', 'b', src)).violations.length,
      1,
    );
    assert.deepEqual(judged('removing-all -', enter('library-1', 'a', src), loop).violations, []);
    assert.equal(
      judged(enter('library-1', 'a', src), 'removing-all -', enter('loop-2', 'b', src, 'exclusive', 1)).violations
        .length,
      1,
    );
  });

  it('sees a token that is given out twice, also to strangers and after a removal', () => {
    const twice = judged(withToken('library-1', 'a', src, 7), withToken('run-2', 'b', docs, 7));
    assert.deepEqual(twice.violations, ['run-2 (b) has the token 7 of library-1 (a)']);
    const removed = judged(withToken('library-1', 'a', src, 7), 'removing - a', withToken('run-2', 'b', src, 7));
    assert.equal(removed.violations.length, 1);
  });

  it('sees a token that is less than that of a lock that it excluded', () => {
    const left = (mode: string): readonly string[] => [
      withToken('library-1', 'a', src, 7, mode),
      'leave library-1 a done',
    ];
    assert.deepEqual(judged(...left('exclusive'), withToken('run-2', 'b', users, 6)).violations, [
      'run-2 (b) entered with the token 6 after library-1 with 7',
    ]);
    assert.equal(judged(...left('shared'), withToken('run-2', 'b', users, 6)).violations.length, 1);
    assert.equal(judged(...left('exclusive'), withToken('run-2', 'b', users, 6, 'shared')).violations.length, 1);
    assert.deepEqual(judged(...left('exclusive'), withToken('run-2', 'b', users, 8)).violations, []);
    assert.deepEqual(judged(...left('exclusive'), withToken('run-2', 'b', docs, 6)).violations, []);
    assert.deepEqual(judged(...left('shared'), withToken('run-2', 'b', users, 6, 'shared')).violations, []);
  });

  it('blames no token that was overtaken because its record was removed before its first word', () => {
    const { violations } = judged('removing - b', withToken('library-1', 'a', src, 7), withToken('run-2', 'b', src, 6));
    assert.deepEqual(violations, []);
  });

  it('sees a loss that nobody caused, an end inside, and a lease that ends where there is none', () => {
    assert.equal(judged(enter('library-1', 'a', src), 'leave library-1 a told').violations.length, 1);
    assert.equal(judged(enter('run-1', 'a', src), 'ended run-1').violations.length, 1);
    assert.equal(judged(enter('library-1', 'a', src), 'leave library-1 a expired').violations.length, 1);
  });
});

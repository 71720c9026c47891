/** The completion's own reading of a line is bash's, and what it quotes bash reads back. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { quotedForBash, readBashLine, type Quote } from '../../src/cli/completion/bashLine.ts';

const openings: Readonly<Record<Quote, string>> = { none: '', single: "'", double: '"' };

/** Everything that could stand in a name on one line, all that is special to bash above all. */
const name = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...Array.from('$`"\'\\!(){}[]<>|&;*?~#^ =:-%+,@./aZ09_')),
    fc.constantFrom('é', '日', '😀'),
  ),
  minLength: 1,
  maxLength: 12,
});

const quotedNames = fc.record({ text: name, quote: fc.constantFrom<Quote>('none', 'single', 'double') });

const typed = ({ text, quote }: { text: string; quote: Quote }): string =>
  openings[quote] + quotedForBash(text, quote) + openings[quote];

describe('A line of bash', () => {
  for (const [line, words, quote] of [
    ['wlock ', ['wlock', ''], 'none'],
    ['wlock  list', ['wlock', 'list'], 'none'],
    ['wlock --holder=my\\ l', ['wlock', '--holder=my l'], 'none'],
    ['wlock "my l', ['wlock', 'my l'], 'double'],
    ["wlock a'b c'd'", ['wlock', 'ab cd'], 'single'],
    ['wlock "a\\b\\"c" x', ['wlock', 'a\\b"c', 'x'], 'none'],
    ['wlock $(touch x) y', ['wlock', '$(touch x)', 'y'], 'none'],
    ['wlock a\\', ['wlock', 'a'], 'none'],
  ] as const) {
    it(`is read: ${line}`, () => {
      const read = readBashLine(line);
      assert.deepEqual([read.words.map(({ text }) => text), read.quote], [words, quote]);
    });
  }

  it('has every name as one word again, however it is quoted', () => {
    fc.assert(
      fc.property(quotedNames, (each) => {
        const { words, quote } = readBashLine(`wlock ${typed(each)}`);
        assert.deepEqual([words.map(({ text }) => text), quote], [['wlock', each.text], 'none']);
      }),
    );
  });

  it('says to bash what it is meant to say', () => {
    const names = fc.sample(quotedNames, 2_000);
    const script = `set -o history -H\nprintf '%s\\0' ${names.map(typed).join(' ')}\n`;
    const said = execFileSync('bash', ['--norc'], { input: script, encoding: 'utf8', cwd: '/' });
    assert.deepEqual(
      said.split('\0').slice(0, -1),
      names.map(({ text }) => text),
    );
  });
});

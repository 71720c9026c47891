import assert from 'node:assert/strict';
import { escapeForDisplay } from '../../../src/core/display.ts';
import { describeEntry } from '../../../src/core/scope/describeEntry.ts';
import { globEntry, nameEntry, pathEntry } from '../../../src/core/scope/entry.ts';
import { pathsSuperset } from '../../../src/core/scope/superset.ts';

describe('showing an entry', () => {
  it('is relative to the root', () => {
    assert.equal(describeEntry(pathEntry('/r/src/api'), '/r'), 'src/api');
    assert.equal(describeEntry(pathEntry('/r'), '/r'), '.');
    assert.equal(describeEntry(pathEntry('/other'), '/r'), '/other');
    assert.equal(describeEntry(globEntry('/r/src', '**/*.ts'), '/r'), 'src/**/*.ts');
    assert.equal(describeEntry(globEntry('/r', '*'), '/r'), '*');
    assert.equal(describeEntry(globEntry('/', '*'), '/r'), '/*');
    assert.equal(describeEntry(nameEntry('s'), '/r'), 'name:s');
  });

  it('escapes what could deceive', () => {
    assert.equal(describeEntry(pathEntry('/r/a\u202etxt.exe'), '/r'), 'a\\u{202e}txt.exe');
  });
});

describe('escaping for screens', () => {
  it('shows controls, bidirectional and invisible characters, and lone surrogates as escapes', () => {
    assert.equal(escapeForDisplay('a\nb\t\x1b[31m\x9b', 99), 'a\\nb\\t\\u{1b}[31m\\u{9b}');
    assert.equal(
      escapeForDisplay('\u2066\u200b\u2028\ufeff\u061c', 99),
      '\\u{2066}\\u{200b}\\u{2028}\\u{feff}\\u{61c}',
    );
    assert.equal(escapeForDisplay('x\ud83d', 99), 'x\\u{d83d}');
    assert.equal(escapeForDisplay('日本 é 😀', 99), '日本 é 😀');
  });

  it('cuts with an ellipsis, never inside an escape or a letter', () => {
    assert.equal(escapeForDisplay('abcde', 5), 'abcde');
    assert.equal(escapeForDisplay('abcdef', 5), 'abcd…');
    assert.equal(escapeForDisplay('ab\u202ecdef', 6), 'ab…');
    assert.equal(escapeForDisplay('😀😀😀', 2), '😀…');
    assert.equal(escapeForDisplay('ab', 0), '');
    assert.equal(escapeForDisplay('x'.repeat(1_000_000), 3), 'xx…');
  });
});

describe('the superset for little-loops', () => {
  it('turns a glob into its base directory and drops what is covered anyway', () => {
    const scope = [globEntry('/r/src', '*.ts'), pathEntry('/r/src/a'), pathEntry('/r/src-b'), pathEntry('/r/src-b')];
    assert.deepEqual(pathsSuperset(scope), ['/r/src', '/r/src-b']);
    assert.deepEqual(pathsSuperset([globEntry('/', '*'), pathEntry('/r')]), ['/']);
  });

  it('is empty for names only', () => assert.deepEqual(pathsSuperset([nameEntry('s')]), []));
});

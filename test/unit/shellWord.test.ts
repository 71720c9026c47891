import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { escapeForDisplay } from '../../src/core/display.ts';
import { shellWord } from '../../src/core/shellWord.ts';

describe('A word of a command to be copied', () => {
  it('is written plainly where it is plain', () => {
    assert.equal(shellWord('29757345-ddc9-473f-8cad-75e230115470'), '29757345-ddc9-473f-8cad-75e230115470');
    assert.equal(shellWord('oracles/nightly.1'), 'oracles/nightly.1');
  });

  for (const text of ['; rm -rf ~', '$(reboot)', "it's", '`x`', '-rf', '--help', 'a b', '', '~', '*', '\n', '\u202e']) {
    it(`${escapeForDisplay(JSON.stringify(text), 40)} is one word to a shell, and no option`, () => {
      const printed = execFileSync('sh', ['-c', `printf '%s|' ${shellWord(text)}`], { encoding: 'utf8' });
      assert.equal(printed.replace(/^--\|/, ''), `${escapeForDisplay(text, 40)}|`);
    });
  }
});

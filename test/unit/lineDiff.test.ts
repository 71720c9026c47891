import assert from 'node:assert/strict';
import { lineDiff } from '../../src/cli/lineDiff.ts';

describe('The difference of two texts', () => {
  for (const [before, after, diff] of [
    ['', 'a\nb\n', '+ a\n+ b\n'],
    ['a\nb\n', '', '- a\n- b\n'],
    ['a\n', 'a\n', ''],
    ['a\nb\nc\n', 'a\nx\nc\n', '- b\n+ x\n'],
    ['a\n}\nb\n}\n', 'a\n}\nx\n}\nb\n}\n', '+ x\n+ }\n'],
    ['a\nb\nc\nd\n', 'b\nx\nc\n', '- a\n+ x\n- d\n'],
  ] as const) {
    it(`of ${JSON.stringify(before)} and ${JSON.stringify(after)} is in their order, and no more than it must be`, () => {
      assert.equal(lineDiff(before, after), diff);
    });
  }

  it('of long texts that have little in common is shown as a whole, at once', () => {
    const [before, after] = ['a', 'b'].map((letter) => `${letter}\n`.repeat(5_000));
    assert.equal(lineDiff(before ?? '', after ?? ''), '- a\n'.repeat(5_000) + '+ b\n'.repeat(5_000));
  });
});

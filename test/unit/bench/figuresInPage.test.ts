import * as assert from 'node:assert/strict';
import { replaceFigures } from '../../bench/report/figuresInPage.ts';

describe('The page of the benchmark', () => {
  const surroundings = { before: '# Title', after: '## Reasons' };

  it('begins with a title, and ends with a place for reasons', () => {
    const page = replaceFigures('', 'one', surroundings);
    assert.match(page, /^# Title\n\n<!--.*-->\n\none\n\n<!--.*-->\n\n## Reasons\n$/);
  });

  it('keeps what people wrote around the figures', () => {
    const written = replaceFigures('', 'one', surroundings)
      .replace('# Title', '# Title\n\nHow to read it.')
      .replace('## Reasons', '## Reasons\n\nThe disk was full.');
    const anew = replaceFigures(written, 'two', surroundings);
    assert.equal(anew, written.replace('\none\n', '\ntwo\n'));
  });

  it('stays as it is where the same figures are written again', () => {
    const page = replaceFigures('', 'one', surroundings);
    assert.equal(replaceFigures(page, 'one', surroundings), page);
  });
});

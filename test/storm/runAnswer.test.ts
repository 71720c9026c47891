/** That the storm reads what `wlock run --json` really prints: else a change of that would silence a judgement. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { runWlock, spawnWlock, type WlockResult } from '../real/wlock.ts';
import { readRunAnswer } from './runAnswer.ts';

describe('What a storm reads of a `wlock run` that did not run its command', () => {
  const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'wlock-answer-')));
  const request = ['run', '--json', '--root', root, '--path', 'src'];
  const ask = (...words: readonly string[]): Promise<WlockResult> =>
    runWlock([...request, ...words, '--', 'true'], { cwd: root });

  after(() => fs.rmSync(root, { recursive: true, force: true }));

  it('is who stands in the way', async () => {
    const holder = spawnWlock([...request, '--holder', 'library-7', '--', 'sh', '-c', 'echo inside; exec sleep 60'], {
      cwd: root,
    });
    const ended = once(holder, 'close');
    try {
      await once(holder.stdout, 'data');
      const refused = await ask();
      assert.equal(refused.code, 3);
      assert.deepEqual(readRunAnswer(refused.stdout), { kind: 'conflict', blockers: ['library-7'] });
      const timedOut = await ask('--wait', '100ms');
      assert.equal(timedOut.code, 4);
      assert.deepEqual(readRunAnswer(timedOut.stdout), { kind: 'conflict', blockers: ['library-7'] });
    } finally {
      holder.kill('SIGTERM'); // it hands the signal to its command
      await ended;
    }
  });

  it('is the code of a failure, and nothing where the command ran', async () => {
    assert.deepEqual(readRunAnswer((await ask('--wait', 'nonsense')).stdout), { kind: 'error', code: 'usage' });
    assert.equal(readRunAnswer((await ask()).stdout), undefined);
  });
});

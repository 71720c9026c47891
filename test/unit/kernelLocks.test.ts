import * as assert from 'node:assert/strict';
import { holdersIn } from '../../src/os/kernelLocks.ts';

/** proc_locks(5), as Linux prints it; the file is 253:0:1203, `makedev(253, 0)`. */
const text = `1: FLOCK  ADVISORY  WRITE 4711 fd:00:1203 0 EOF
2: FLOCK  ADVISORY  READ 4712 fd:00:1204 0 EOF
3: POSIX  ADVISORY  WRITE 4713 fd:00:1203 0 EOF
4: FLOCK  ADVISORY  WRITE 4714 fd:00:1205 0 EOF
4: -> FLOCK  ADVISORY  WRITE 4715 fd:00:1205 0 EOF
`;
const dev = 253 << 8;

describe('/proc/locks', () => {
  it('names the holder of an exclusive flock by device and inode', () => {
    assert.deepEqual(holdersIn(text, { dev, ino: 1203 }), [4711]);
  });

  it('says nothing of shared locks, which may be no more than a probe', () => {
    assert.deepEqual(holdersIn(text, { dev, ino: 1204 }), []);
  });

  it('says nothing of those who only wait', () => {
    assert.deepEqual(holdersIn(text, { dev, ino: 1205 }), [4714]);
  });

  it('does not confuse devices', () => {
    assert.deepEqual(holdersIn(text, { dev: 254 << 8, ino: 1203 }), []);
  });
});

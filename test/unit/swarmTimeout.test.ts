/** claude-swarm's time-out, as people write it in YAML and TOML (PROTOCOLS 2.3). */
import assert from 'node:assert/strict';
import { secondsIn } from '../../src/protocols/claudeSwarm/timeout.ts';

describe('The time-out of claude-swarm', () => {
  const understood: readonly (readonly [text: string, seconds: number])[] = [
    ['', 300],
    ['rate_limiting:\n  enabled: true\n', 300],
    ['# stale_timeout: 3000\n', 300],
    ['locking:\n  stale_timeout: 3000\n', 3_000],
    ['locking:\r\n  stale_timeout: 3000\r\n', 3_000],
    ['locking:\n  stale_timeout: 3000 # fifty minutes; was stale_timeout: 60\n', 3_000],
    ['locking: {stale_timeout: 3000}', 3_000],
    ['locking: { auto_cleanup: true, "stale_timeout": 3000, x: 1 }', 3_000],
    ['{"locking": {"stale_timeout": 3000}}', 3_000],
    ["locking:\n  'stale_timeout' : 3_000\n", 3_000],
    ['[locking]\nstale_timeout = 3000\n', 3_000],
    ['[locking]\n"stale_timeout" = 3000 # s', 3_000],
    ['locking: {x: "a # b", stale_timeout: 3000}', 3_000],
    ['locking.stale_timeout = 3000', 3_000],
    ['locking."stale_timeout" = 3000', 3_000],
    ['locking = { stale_timeout = 3_000 }', 3_000],
    ['[locking]\nstale_timeout=86400', 86_400],
    ['locking:\n  stale_timeout: 60.0\n', 60],
  ];
  for (const [text, seconds] of understood) {
    it(`is ${seconds} s in ${JSON.stringify(text)}`, () => assert.equal(secondsIn(text), seconds));
  }

  const notUnderstood = [
    'stale_timeout: 59',
    'stale_timeout: 86401',
    'stale_timeout: 0',
    'stale_timeout: -300',
    'stale_timeout: 0300',
    'stale_timeout: 3e3',
    'stale_timeout: 300s',
    'stale_timeout: 300.5',
    'stale_timeout: "300"',
    'stale_timeout: *default',
    'stale_timeout:\n  3000',
    'stale_timeout: 300\nother:\n  stale_timeout: 3000',
    'old_stale_timeout: 300',
    'old_stale_timeout_seconds: 300',
  ];
  for (const text of notUnderstood) {
    it(`cannot be told from ${JSON.stringify(text)}`, () => assert.equal(secondsIn(text), undefined));
  }
});

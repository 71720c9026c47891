/** `.wlock.json`: the reader accepts what the published schema accepts, and says what is wrong with the rest. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { escapeForDisplay } from '../../src/core/display.ts';
import { parseConfiguration, type Configuration } from '../../src/manager/configuration/configuration.ts';
import { fits, schema } from '../formats/schemas.ts';

const parse = (value: unknown): Configuration => parseConfiguration(value, '/w/.wlock.json');

function problemWith(value: unknown): string | undefined {
  try {
    parse(value);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error && error.code === 'bad-configuration', String(error));
    return error.message;
  }
}

/** As a file says it: own keys, also those that JavaScript would take for something else. */
const fromText = (text: string): unknown => JSON.parse(text) as unknown;

describe('The configuration', () => {
  const good: readonly unknown[] = [
    {},
    { $schema: '' },
    { loopsDir: '.loops' },
    { loopsDir: '.' },
    { loopsDir: 'a/b/../c/' },
    { loopsDir: 'läufe mit Leerzeichen \u{1f512}' },
    { $schema: './wlock.schema.json', loopsDir: '...' },
    { protocols: {} },
    { protocols: { 'claude-swarm': false, openclaw: true, agentwire: false } },
    { oneLockForAll: false },
    { openclaw: {} },
    { openclaw: { era: 'A' } },
    { openclaw: { era: 'B' } },
    { openclaw: { era: 'C' } },
    { etcd: { endpoints: ['http://127.0.0.1:2379'], namespace: 'orchard' } },
    {
      etcd: { endpoints: ['https://a:1', 'https://[::1]'], namespace: 'acme/orchard', ttlSeconds: 5, ca: 'tls/ca.pem' },
    },
  ];

  const cluster = { endpoints: ['http://a'], namespace: 'a' };
  const bad: readonly (readonly [value: unknown, says: RegExp])[] = [
    [null, /its content is null, but must be an object/],
    [[], /its content is a list, but must be an object/],
    ['x', /its content is "x", but must be an object/],
    [0, /its content is 0/],
    [{ loopsdir: '.loops' }, /the key "loopsdir" is not known; allowed are \$schema, .*loopsDir\./],
    [{ '': 1 }, /the key "" is not known/],
    [fromText('{"__proto__": {"loopsDir": "x"}}'), /the key "__proto__" is not known/],
    [fromText('{"constructor": 1}'), /the key "constructor" is not known/],
    [{ 'a\u202e\n': 1 }, /the key "a\\u\{202e\}\\n" is not known/],
    [{ $schema: 5 }, /\$schema is 5, but must be text/],
    [{ loopsDir: null }, /loopsDir is null, but must be a path relative to the workspace root/],
    [{ loopsDir: '' }, /loopsDir is "", but/],
    [{ loopsDir: ['.loops'] }, /loopsDir is a list, but/],
    [{ loopsDir: { dir: 1 } }, /loopsDir is an object, but/],
    [{ protocols: true }, /protocols is true, but must be an object/],
    [{ protocols: { loops: false } }, /the key "protocols\.loops" is not known; allowed are claude-swarm, /],
    [{ protocols: { agentwire: 'no' } }, /protocols\.agentwire is "no", but must be true or false/],
    [{ oneLockForAll: 0 }, /oneLockForAll is 0, but must be true or false/],
    [{ openclaw: 'B' }, /openclaw is "B", but must be an object/],
    [{ openclaw: { era: 'D' } }, /openclaw\.era is "D", but must be "A" or "B" or "C"\.$/],
    [{ openclaw: { era: 'b' } }, /openclaw\.era is "b", but/],
    [{ openclaw: { Era: 'B' } }, /the key "openclaw\.Era" is not known; allowed are era/],
    [{ etcd: {} }, /etcd needs endpoints and a namespace\.$/],
    [{ etcd: { namespace: 'a', endpoints: [] } }, /etcd needs endpoints and a namespace\.$/],
    [{ etcd: { endpoints: ['http://a'] } }, /etcd needs endpoints and a namespace\.$/],
    [
      { etcd: { ...cluster, endpoints: ['http://me:secret@a'] } },
      /etcd\.endpoints\[0\] is .*, but must be a URL such as/,
    ],
    [{ etcd: { ...cluster, endpoints: ['http://a/v3'] } }, /etcd\.endpoints\[0\] is "http:\/\/a\/v3", but/],
    [{ etcd: { ...cluster, endpoints: ['a:2379'] } }, /etcd\.endpoints\[0\] is "a:2379", but/],
    [{ etcd: { ...cluster, namespace: '' } }, /etcd\.namespace is "", but must be a name of letters/],
    [{ etcd: { ...cluster, ttlSeconds: 4 } }, /etcd\.ttlSeconds is 4, but must be a whole number from 5 to 3600/],
    [{ etcd: { ...cluster, ttlSeconds: 7.5 } }, /etcd\.ttlSeconds is 7\.5, but/],
    [{ etcd: { ...cluster, password: 'x' } }, /the key "etcd\.password" is not known; allowed are endpoints/],
    [{ etcd: { ...cluster, ca: '/etc/ca.pem' } }, /etcd\.ca is "\/etc\/ca\.pem", but/],
    [{ loopsDir: '/abs' }, /loopsDir is "\/abs", but/],
    [{ loopsDir: 'a\0b' }, /loopsDir is "a\\u0000b", but/],
    [{ loopsDir: '\u009b31m' }, /loopsDir is "\\u\{9b\}31m", but/],
    [{ loopsDir: '/'.repeat(5_000) }, /loopsDir is "\/{10,120}…, but/],
  ];

  it('says what it may say', () => {
    for (const value of good) assert.deepEqual(parse(value), value);
  });

  for (const [value, says] of bad) {
    it(`of ${escapeForDisplay(JSON.stringify(value), 40)} is refused with its key, what was found and what is allowed`, () => {
      const problem = problemWith(value);
      assert.match(problem ?? 'accepted', says);
      assert.match(problem ?? '', /^\/w\/\.wlock\.json cannot be used: [^\n]+\.$/);
    });
  }

  it('is in the table what the schema says', () => {
    for (const value of good) assert.ok(fits(value, 'wlock'), JSON.stringify(value));
    for (const [value] of bad) assert.ok(!fits(value, 'wlock'), JSON.stringify(value));
  });

  it('is in general what the schema says', () => {
    const path = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('/', '.', 'a', '\0', '\u001f', '\u007f', '\u009f', '\u00a0', '\n', '\u2028') }),
    );
    /** Mostly what may be there, so that much is accepted. */
    const mostly = <T>(good: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
      fc.oneof({ weight: 9, arbitrary: good }, { weight: 1, arbitrary: fc.jsonValue() });
    const toolName = fc.constantFrom('claude-swarm', 'openclaw', 'agentwire', 'agentwire', 'openclaw', 'loops');
    const era = mostly(fc.constantFrom('A', 'B', 'C'));
    const endpoint = fc.oneof(
      fc.constantFrom(
        'http://a:1',
        'https://b',
        'https://[::1]:2379',
        'ftp://a',
        'http://a/',
        'http://a b',
        'http://u@a',
      ),
      path,
    );
    const etcd = fc.record(
      {
        endpoints: fc.array(endpoint, { minLength: 1, maxLength: 2 }),
        namespace: mostly(fc.constantFrom('a', 'a/b', '-a')),
        ttlSeconds: fc.integer({ min: 4, max: 3_601 }),
        ca: fc.constantFrom('ca.pem', '/ca.pem', 'a/ca.pem'),
      },
      { requiredKeys: ['endpoints', 'namespace'] },
    );
    const known = fc.record(
      {
        $schema: mostly(fc.string()),
        loopsDir: mostly(path),
        protocols: mostly(fc.dictionary(toolName, mostly(fc.boolean()), { maxKeys: 2 })),
        oneLockForAll: mostly(fc.boolean()),
        openclaw: mostly(fc.record({ era }, { requiredKeys: [] })),
        etcd,
      },
      { requiredKeys: [] },
    );
    const more = fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue(), { maxKeys: 1 });
    const value = fc.oneof(
      known,
      fc.tuple(known, more).map(([a, b]) => ({ ...a, ...b })),
      fc.jsonValue(),
    );
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(value, (candidate) => {
        const accepted = problemWith(candidate) === undefined;
        seen[accepted ? 'accepted' : 'refused']++;
        assert.equal(accepted, fits(candidate, 'wlock'));
      }),
      { numRuns: 8_000 },
    );
    assert.ok(seen.accepted > 300 && seen.refused > 300, JSON.stringify(seen));
  });

  it('has no key that the schema leaves without a description', () => {
    for (const [key, described] of Object.entries(schema('wlock').properties ?? {})) {
      assert.ok(typeof described === 'object' && described !== null && 'description' in described, key);
    }
  });
});

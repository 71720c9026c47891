/** `.wlock.json` on the disk: what it decides, and that nothing in its place hangs or misleads anybody. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { assertRefused, listJson } from './expectations.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { runWlock } from './wlock.ts';

describe('The configuration file', () => {
  let root: TemporaryRoot;
  beforeEach(() => {
    root = new TemporaryRoot();
    fs.mkdirSync(root.in('.git'));
  });
  afterEach(() => root[Symbol.dispose]());

  const here = (): { cwd: string } => ({ cwd: root.path });
  const file = (): string => root.in('.wlock.json');
  const configure = (value: unknown): void => fs.writeFileSync(file(), JSON.stringify(value));
  const configureLittleLoops = (text: string): void => {
    fs.mkdirSync(root.in('.ll'), { recursive: true });
    fs.writeFileSync(root.in('.ll', 'll-config.json'), text);
  };
  /** Where a lock's record lies that is taken now. */
  const storeOfALock = async (): Promise<string> => {
    const words = ['run', '--path', 'src', '--', process.execPath, '-e', printRecords];
    const { code, stdout, stderr } = await runWlock(words, here());
    assert.deepEqual([code, stderr], [0, '']);
    return path.relative(root.path, stdout);
  };
  const doctorSays = async (): Promise<string> => (await runWlock(['doctor'], here())).stdout;

  it('is optional: without it the default counts, and doctor says so', async () => {
    assert.equal(await storeOfALock(), '.loops/.running');
    assert.match(await doctorSays(), /^ok loops directory: \.loops, because it is the default$/m);
    configure({});
    assert.equal(await storeOfALock(), '.loops/.running');
  });

  it("goes before little-loops' own configuration, which goes before the default", async () => {
    configureLittleLoops('{"loops": {"loops_dir": "theirs"}}');
    assert.equal(await storeOfALock(), 'theirs/.running');
    assert.match(await doctorSays(), /^ok loops directory: theirs, because \.ll\/ll-config\.json says so$/m);
    configure({ loopsDir: 'ours' });
    assert.equal(await storeOfALock(), 'ours/.running');
    assert.match(await doctorSays(), /^ok loops directory: ours, because \.wlock\.json says so$/m);
  });

  it('may begin with a byte order mark, as some editors write it', async () => {
    fs.writeFileSync(file(), '\ufeff{"loopsDir": "ours"}');
    assert.equal(await storeOfALock(), 'ours/.running');
  });

  it('decides for every command and keeper alike', async () => {
    configure({ loopsDir: 'deep/er' });
    const { code, stdout } = await runWlock(['acquire', '--path', 'src', '--ttl', '60s', '--json'], here());
    assert.equal(code, 0);
    const { lock } = JSON.parse(stdout) as { lock: { id: string; token: string; file: string } };
    assert.equal(path.dirname(lock.file), root.in('deep', 'er', '.running'));
    assert.equal((await listJson(root.path)).locks.length, 1);
    assert.equal((await runWlock(['check', 'src/a.ts'], here())).code, 3);
    assert.equal((await runWlock(['release', lock.id, '--token', lock.token], here())).code, 0);
    assert.ok(!fs.existsSync(root.in('.loops')));
  });

  it('that names another directory than little-loops is noted, because neither sees the other there', async () => {
    configure({ loopsDir: 'ours' });
    assert.doesNotMatch(await doctorSays(), /little-loops keeps/);

    const differs = (theirs: string): RegExp =>
      new RegExp(
        `^-- loops directory: little-loops keeps its locks in "${theirs}", but \\.wlock\\.json names "ours"`,
        'm',
      );
    fs.mkdirSync(root.in('.loops'));
    assert.match(await doctorSays(), differs('\\.loops'));
    configureLittleLoops('{"loops": {"loops_dir": "theirs"}}');
    assert.match(await doctorSays(), differs('theirs'));
    configureLittleLoops('{"loops": {"loops_dir": "../outside"}}');
    assert.match(await doctorSays(), differs('../outside'));
    configureLittleLoops('{"loops": ');
    assert.match(await doctorSays(), /^-- loops directory: Whether little-loops .* cannot be told: .*ll-config\.json/m);

    configureLittleLoops('{"loops": {"loops_dir": "./theirs/../ours/"}}');
    assert.doesNotMatch(await doctorSays(), /little-loops keeps|cannot be told/);
  });

  describe('is refused, and nothing else happens, where it', () => {
    const refusals: readonly (readonly [what: string, make: () => void, says: RegExp])[] = [
      ['is empty', () => fs.writeFileSync(file(), ''), /it is not JSON/],
      [
        'has a comment',
        () => fs.writeFileSync(file(), '{\n  // ours\n  "loopsDir": "ours"\n}\n'),
        /comments and trailing commas are not allowed/,
      ],
      [
        'has a trailing comma',
        () => fs.writeFileSync(file(), '{"loopsDir": "ours",}'),
        /trailing commas are not allowed/,
      ],
      ['moves the cursor', () => fs.writeFileSync(file(), '\u001b[2J\u202e'), /it is not JSON/],
      ['is not UTF-8', () => fs.writeFileSync(file(), Buffer.from([0x22, 0xff, 0x22])), /it is not UTF-8 text/],
      ['is a list', () => configure([]), /its content is a list, but must be an object/],
      ['is nested 200000 deep', () => fs.writeFileSync(file(), deep), /loopsDir is a list, but must be/],
      ['has an unknown key', () => configure({ loopDir: 'x' }), /the key "loopDir" is not known; allowed are/],
      ['has a value of the wrong type', () => configure({ loopsDir: 5 }), /loopsDir is 5, but must be a path/],
      ['names an absolute path', () => configure({ loopsDir: root.in('x') }), /but must be a path relative to/],
      ['leads out of the root', () => configure({ loopsDir: 'a/../../x' }), /leads out of the workspace/],
      [
        'leads out of the root through a link',
        () => {
          fs.symlinkSync('/', root.in('link'));
          configure({ loopsDir: 'link/x' });
        },
        /loopsDir is "link\/x", which leads out of the workspace/,
      ],
      [
        'is larger than 1 MiB',
        () => configure({ $schema: 'x'.repeat(1024 * 1024) }),
        /it has \d+ bytes; at most 1048576 are read/,
      ],
      ['is a directory', () => fs.mkdirSync(file()), /it is a directory, not a file/],
      ['is a FIFO', () => execFileSync('mkfifo', [file()]), /it is a FIFO, not a file/],
      [
        'is a symbolic link',
        () => {
          fs.writeFileSync(root.in('elsewhere.json'), '{}');
          fs.symlinkSync('elsewhere.json', file());
        },
        /it is a symbolic link, not a file/,
      ],
      ['is a dangling symbolic link', () => fs.symlinkSync('nowhere', file()), /it is a symbolic link, not a file/],
    ];
    for (const [what, make, says] of refusals) {
      it(what, async () => {
        make();
        const before = fs.readdirSync(root.path);
        for (const words of [['list'], ['run', '--path', 'src', '--', 'touch', 'written']]) {
          await assertRefused(words, here(), { exit: 1, code: 'bad-configuration', says });
        }
        const { stderr } = await runWlock(['doctor'], here());
        assert.ok(stderr.startsWith(`wlock: ${file()} cannot be used: `), stderr);
        assert.doesNotMatch(stderr, /[\u0000-\u0009\u000b-\u001f\u202e]/);
        assert.deepEqual(fs.readdirSync(root.path), before);
      });
    }

    it('may not be read', async () => {
      configure({});
      fs.chmodSync(file(), 0o600);
      await assertRefused(
        ['list'],
        { ...here(), asNobody: true },
        {
          exit: 1,
          code: 'bad-configuration',
          says: /\.wlock\.json cannot be used: EACCES/,
        },
      );
    });
  });

  it('of little-loops may be a link, and is refused where it is a FIFO, which hung every command', async () => {
    configureLittleLoops('');
    const theirs = root.in('.ll', 'll-config.json');
    fs.rmSync(theirs);
    fs.writeFileSync(root.in('shared.json'), '{"loops": {"loops_dir": "theirs"}}');
    fs.symlinkSync('../shared.json', theirs);
    assert.equal(await storeOfALock(), 'theirs/.running');
    fs.rmSync(theirs);
    execFileSync('mkfifo', [theirs]);
    await assertRefused(['list'], here(), { exit: 1, code: 'bad-configuration', says: /it is a FIFO, not a file/ });
  });
});

/** As the command of `wlock run`: the folder of the only record below the root. */
const printRecords = `
  const { readdirSync } = require('node:fs');
  const records = readdirSync('.', { recursive: true, withFileTypes: true })
    .filter(({ name }) => name.endsWith('.lock') && name !== '.acquire.lock');
  if (records.length !== 1) throw new Error(records.length + ' records');
  process.stdout.write(require('node:path').resolve(records[0].path));
`;

const deep = `{"loopsDir": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`;

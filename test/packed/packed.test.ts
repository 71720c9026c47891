/** The npm package: what is in it, and that it works where it is installed, with no compiler and on the oldest Node.js. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { findOldestNode } from '../setup/oldestNode.mjs';
import { removeFolder } from '../setup/removeFolder.mjs';
import { transformSync } from 'esbuild';
import { compile, makeConsumer, writeBlocks } from './consumer.ts';
import { filesIn, installInto, makeBarePath, pack, repository, type Installed } from './packed.ts';

const kib = 1024;
const mostBytes = 750 * kib;

describe('The npm package', () => {
  let folder: string;
  let tarball: string;
  let barePath: string;
  before(async function () {
    this.timeout(60_000);
    folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'wlock-packed-')));
    tarball = await pack(folder);
    barePath = makeBarePath(path.join(folder, 'bare'));
  });
  after(() => removeFolder(folder));

  describe('before it is installed', () => {
    let files: readonly string[];
    before(() => (files = filesIn(tarball)));
    const inDist = (): readonly string[] =>
      files.filter((name) => /^dist\/[^/]+$/.test(name)).map((name) => name.slice(5));
    const textOf = (name: string): string => fs.readFileSync(path.join(repository, name), 'utf8');

    it('has what it needs and nothing else', () => {
      const pages = ['ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'SECURITY.md'];
      const folders = ['dist', 'docs', 'examples', 'media', 'schemas'];
      const top = [...new Set(files.map((name) => name.split('/')[0]))];
      assert.deepEqual(top.toSorted(), [...pages, ...folders, 'package.json'].toSorted());
      // No tests, nothing of the extension, and no source maps: they are three times the program, without its sources.
      const kinds = [
        /^[A-Z]+(\.md)?$|^package\.json$/,
        /^dist\/((cli|keeper|picomatch|part-[\w-]+)\.cjs|(index|library-[\w-]+)\.mjs)$/,
        /^dist\/types\/(manager|protocols|core|core\/scope)\/\w+\.d\.ts$/,
        /^docs\/[\w-]+\.md$/,
        /^examples\/([\w-]+\/)?[\w-]+\.(mjs|ts|py|sh)$/,
        /^media\/(tree-and-editor[\w-]*|activity|four-tools|another-machine)\.png$/,
        /^schemas\/\w+\.schema\.json$/,
      ];
      assert.deepEqual(
        files.filter((name) => !kinds.some((kind) => kind.test(name))),
        [],
      );
    });

    it('has every file that its programs load, and none that nobody loads', () => {
      const entries = ['cli.cjs', 'index.mjs', 'keeper.cjs'];
      const loaded = inDist().flatMap((name) =>
        [...textOf(`dist/${name}`).matchAll(/["'`]\.\/([\w.-]+\.[cm]js)["'`]/g)].map(([, file = '']) => file),
      );
      assert.deepEqual([...new Set([...entries, ...loaded])].toSorted(), inDist().toSorted());
    });

    it('has every file that package.json promises to Node.js, and that its README leads to', () => {
      const { bin, exports } = JSON.parse(textOf('package.json')) as {
        bin: { wlock: string };
        exports: { '.': { types: string; default: string } };
      };
      const promised = [bin.wlock, ...Object.values(exports['.'])].map((name) => path.posix.normalize(name));
      const linked = [...textOf('README.md').matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)].map(([, name = '']) => name);
      assert.ok(linked.length > 10);
      assert.deepEqual(
        [...promised, ...linked].filter((name) => !files.includes(name)),
        [],
      );
    });

    it(`is smaller than ${mostBytes / kib} KiB`, () => {
      const { size } = fs.statSync(tarball);
      console.log(`      ${files.length} files, ${Math.ceil(size / kib)} KiB`);
      assert.ok(size <= mostBytes, `${Math.ceil(size / kib)} KiB`);
    });
  });

  const installs = {
    // From nothing but the tarball: no registry, an empty cache.
    'without optional packages, offline': () => [
      '--offline',
      '--omit=optional',
      '--cache',
      path.join(folder, 'empty-cache'),
    ],
    'where fs-ext cannot be built': () => ['--prefer-offline'],
  };
  for (const [how, words] of Object.entries(installs)) {
    describe(`installed ${how}`, () => {
      let installed: Installed;
      let workspace: string;
      before(async function () {
        this.timeout(60_000);
        const place = fs.mkdtempSync(path.join(folder, 'install-'));
        installed = await installInto(path.join(place, 'prefix'), barePath, [...words(), tarball]);
        workspace = path.join(place, 'workspace');
        fs.mkdirSync(path.join(workspace, '.git'), { recursive: true });
      });

      const environment = (PATH = barePath): Record<string, string> => ({ PATH, HOME: workspace });
      /** As a shell does: by the link, its shebang and its mode. */
      const wlock = (
        args: readonly string[],
        searched = barePath,
      ): { code: number | null; out: string; err: string } => {
        const { status, stdout, stderr, error } = spawnSync(installed.wlock, args, {
          cwd: workspace,
          env: environment(searched),
          encoding: 'utf8',
          timeout: 20_000,
        });
        assert.equal(error, undefined);
        return { code: status, out: stdout, err: stderr };
      };
      const version = (
        JSON.parse(fs.readFileSync(path.join(repository, 'package.json'), 'utf8')) as { version: string }
      ).version;

      it('is one package, and has wlock as a program', () => {
        assert.deepEqual(fs.readdirSync(path.dirname(installed.folder)), ['workspace-locks']);
        const own = path.join(installed.folder, 'node_modules');
        assert.deepEqual(fs.existsSync(own) ? fs.readdirSync(own) : [], [], 'fs-ext was left out');
        assert.equal(fs.statSync(installed.wlock).mode & 0o111, 0o111);
        assert.deepEqual(wlock(['--version']), { code: 0, out: `${version}\n`, err: '' });
      });

      it('holds a lock while a command runs, and passes its code on', () => {
        const held = wlock(['run', '--path', 'src', '--', 'sh', '-c', `"${installed.wlock}" list --json; exit 7`]);
        assert.equal(held.code, 7, held.err);
        const { locks } = JSON.parse(held.out) as { locks: readonly { verdict: string; verdictReason: string }[] };
        assert.deepEqual(
          locks.map(({ verdict, verdictReason }) => [verdict, verdictReason]),
          [['live', 'hold-held']],
        );
        assert.deepEqual((JSON.parse(wlock(['list', '--json']).out) as { locks: unknown[] }).locks, []);
      });

      it('has keepers, and what only globs need', () => {
        const { code, out, err } = wlock(['acquire', '--glob', 'docs/**/*.md', '--ttl', '60s', '--json']);
        assert.equal(code, 0, err);
        const { lock } = JSON.parse(out) as { lock: { id: string; token: string } };
        assert.equal(wlock(['check', 'docs/a/b.md']).code, 3);
        assert.equal(wlock(['release', lock.id, '--token', lock.token]).code, 0);
        assert.equal(wlock(['check', 'docs/a/b.md']).code, 0);
      });

      it('says that it takes its kernel locks without native code', () => {
        const { code, out } = wlock(['doctor']);
        assert.equal(code, 0, out);
        assert.match(out, /flock: flock\(1\), because fs-ext is not installed here/);
      });

      it('serves agents', async () => {
        const client = new Client({ name: 'packed', version: '1.0' });
        const transport = { command: installed.wlock, args: ['mcp'], cwd: workspace, env: environment() };
        await client.connect(new StdioClientTransport(transport));
        try {
          assert.equal(client.getServerVersion()?.version, version);
          assert.equal((await client.listTools()).tools.length, 6);
        } finally {
          await client.close();
        }
      });

      describe('and used by a project', () => {
        let project: string;
        before(() => {
          project = fs.mkdtempSync(path.join(folder, 'project-'));
          makeConsumer(project, installed.folder);
        });
        const node = (program: string, ...args: readonly string[]): string =>
          execFileSync(program, args, { cwd: project, encoding: 'utf8', env: environment() });
        const script = `
          import { acquireOrThrow, ConflictError, openLocks } from 'workspace-locks';
          const locks = await openLocks({ root: '.' });
          const held = await acquireOrThrow(locks, { scope: ['src'], holder: 'one' });
          const refusal = await acquireOrThrow(locks, { scope: ['src/*.ts'], holder: 'two' }).catch((error) => error);
          console.log(/^loops:\\d+$/.test(held.token), refusal instanceof ConflictError);
          await locks.close();`;

        it('is imported', () => {
          assert.equal(node(process.execPath, '--input-type=module', '-e', script), 'true true\n');
        });

        it('is required where Node.js can do that with an ES module, and else says what to do', () => {
          const tried = `try { console.log(typeof require('workspace-locks').openLocks); } catch (error) { console.log(error.code, error.message); }`;
          assert.match(node(process.execPath, '-e', tried), /^function\n$|^ERR_REQUIRE_ESM .*dynamic import\(\)/s);
        });

        it('runs on the oldest Node.js that package.json allows', async function () {
          this.timeout(120_000);
          const oldest = await findOldestNode({ say: () => undefined });
          const { engines } = JSON.parse(fs.readFileSync(path.join(installed.folder, 'package.json'), 'utf8')) as {
            engines: { node: string };
          };
          assert.ok(node(path.join(oldest, 'node'), '--version').startsWith(`v${engines.node.slice(2)}.`));
          assert.equal(node(path.join(oldest, 'node'), '--input-type=module', '-e', script), 'true true\n');
          const searched = [oldest, barePath].join(path.delimiter);
          const { code, out, err } = wlock(['run', '--glob', 'src/**', '--', 'node', '--version'], searched);
          assert.deepEqual([code, err], [0, '']);
          assert.ok(out.startsWith(`v${engines.node.slice(2)}.`));
        });
      });
    });
  }

  describe('for TypeScript', () => {
    let project: string;
    before(() => {
      project = fs.mkdtempSync(path.join(folder, 'typed-'));
      const unpacked = path.join(project, 'unpacked');
      fs.mkdirSync(unpacked);
      execFileSync('tar', ['-xzf', tarball, '-C', unpacked]);
      makeConsumer(project, path.join(unpacked, 'package'));
      fs.copyFileSync(new URL('consumerProgram.ts', import.meta.url), path.join(project, 'program.ts'));
    });

    // The slow part is the compiler's own libraries, which `skipLibCheck: false` checks too: twice is enough for ours.
    const bundler = { module: 'esnext', moduleResolution: 'bundler' };
    const ways = {
      'module nodenext': { module: 'nodenext', types: ['node'], skipLibCheck: false },
      'a bundler, without the types of Node.js': { ...bundler, types: [], lib: ['ES2022', 'DOM'], skipLibCheck: false },
      'module node16': { module: 'node16', types: ['node'], skipLibCheck: true },
      'a bundler': { ...bundler, types: ['node'], skipLibCheck: true },
    };
    for (const [way, options] of Object.entries(ways)) {
      it(`has declarations that compile strictly: ${way}`, () => {
        assert.equal(compile(project, ['program.ts'], options), '');
      });
    }

    it('compiles every block of its pages, and the example', () => {
      const blocks = ['README.md', 'docs/library.md'].flatMap((page) => writeBlocks(project, page));
      assert.ok(blocks.length > 10);
      fs.copyFileSync(path.join(repository, 'examples', 'loop.ts'), path.join(project, 'loop.ts'));
      const options = { module: 'nodenext', target: 'ES2022', types: ['node'], skipLibCheck: true };
      assert.equal(compile(project, [...blocks, 'loop.ts'], options), '');
    });

    it('runs what its pages begin with', () => {
      fs.mkdirSync(path.join(project, '.git'));
      for (const page of ['README.md', 'docs/library.md']) {
        const [, first = ''] = writeBlocks(project, page);
        const { code } = transformSync(fs.readFileSync(path.join(project, first), 'utf8'), {
          ...{ loader: 'ts', format: 'esm', target: 'node20' },
        });
        fs.writeFileSync(path.join(project, 'first.mjs'), code);
        execFileSync(process.execPath, ['first.mjs'], { cwd: project, stdio: 'pipe' });
      }
    });

    it('has every call on the page of the library, with every option', () => {
      const page = fs.readFileSync(path.join(repository, 'docs/library.md'), 'utf8');
      const declared = (name: string): string =>
        fs.readFileSync(path.join(project, 'unpacked/package/dist/types/manager', `${name}.d.ts`), 'utf8');
      const members = ['lockManager', 'heldLock', 'retry'].flatMap((name) =>
        [...declared(name).matchAll(/^    (?:readonly |get )?([a-z]\w*)[?(:]/gm)].map(([, member = '']) => member),
      );
      const values = [...declared('library').matchAll(/^export \{ (.+) \}/gm)].flatMap(([, names = '']) =>
        names.split(', '),
      );
      assert.ok(members.length > 40 && values.length > 8);
      const isNamed = (name: string): boolean => new RegExp(`\`[^\`\\n]*\\b${name}\\b[^\`\\n]*\``).test(page);
      assert.deepEqual(
        [...new Set([...members, ...values])].filter((name) => !isNamed(name)),
        [],
      );
    });

    it('refuses what is wrong, so that the checks above mean something', () => {
      const wrong = `import { openLocks } from 'workspace-locks';
        const locks = await openLocks();
        await locks.acquire({ scope: 'src', holder: 'x' });
        locks.os;\n`;
      fs.writeFileSync(path.join(project, 'wrong.ts'), wrong);
      const said = compile(project, ['wrong.ts'], { module: 'nodenext', types: ['node'], skipLibCheck: true });
      assert.match(said, /wrong\.ts\(3,\d+\): error TS2322/);
      assert.match(said, /wrong\.ts\(4,\d+\): error TS2339: Property 'os'/, 'insides are not declared');
    });
  });
});

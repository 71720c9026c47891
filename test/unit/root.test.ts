/** Which directory's locks are meant: one rule for all (DESIGN 2, Root). */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { findRoot } from '../../src/manager/root.ts';

describe('The root', () => {
  let top: string;
  beforeEach(() => {
    top = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'wlock-root-')));
    fs.mkdirSync(path.join(top, 'a', 'b', 'c'), { recursive: true });
  });
  afterEach(() => fs.rmSync(top, { recursive: true, force: true }));

  const below = (...names: readonly string[]): string => path.join(top, ...names);
  const find = (cwd: string, explicit?: string, environment: NodeJS.ProcessEnv = {}): ReturnType<typeof findRoot> =>
    findRoot({ cwd, environment, ...(explicit === undefined ? {} : { explicit }) });

  it('is what --root names, before WLOCK_ROOT and every marker', () => {
    fs.mkdirSync(below('a', '.git'));
    const root = find(below('a', 'b'), '../b/c', { WLOCK_ROOT: top });
    assert.deepEqual(root, { path: below('a', 'b', 'c'), because: '--root names it' });
  });

  it('is what WLOCK_ROOT names, before every marker; an empty one counts as none', () => {
    fs.mkdirSync(below('a', '.git'));
    assert.deepEqual(find(below('a'), undefined, { WLOCK_ROOT: top }), { path: top, because: 'WLOCK_ROOT names it' });
    assert.equal(find(below('a', 'b'), undefined, { WLOCK_ROOT: '' }).path, below('a'));
  });

  for (const marker of ['.wlock.json', '.ll', '.loops', '.agent_locks', '.git']) {
    it(`is the nearest folder with ${marker}`, () => {
      fs.mkdirSync(below('.git'));
      if (marker === '.wlock.json') fs.writeFileSync(below('a', marker), '{}');
      else fs.mkdirSync(below('a', marker), { recursive: true });
      assert.equal(find(below('a', 'b', 'c')).path, below('a'));
      assert.match(find(below('a')).because, new RegExp(`nearest folder with \\${marker}$`));
    });
  }

  it('of a git worktree, whose .git is a file, is the worktree', () => {
    fs.mkdirSync(below('.git'));
    fs.writeFileSync(below('a', 'b', '.git'), 'gitdir: elsewhere\n');
    assert.equal(find(below('a', 'b', 'c')).path, below('a', 'b'));
  });

  it('is canonical: links in it are resolved', () => {
    fs.mkdirSync(below('a', '.loops'));
    fs.symlinkSync(below('a', 'b'), below('link'));
    assert.equal(find(below('link', 'c')).path, below('a'));
    assert.equal(find(top, 'link').path, below('a', 'b'));
  });

  it('is the current directory where nothing above looks like a workspace', () => {
    const above = [top, os.tmpdir(), '/'].some((folder) => fs.existsSync(path.join(folder, '.git')));
    assert.ok(!above, 'this test wants a temporary folder that lies in no workspace');
    const root = find(below('a', 'b'));
    assert.equal(root.path, below('a', 'b'));
    assert.match(root.because, /no folder above it/);
  });

  it('that is named must be an existing directory', () => {
    fs.writeFileSync(below('file'), '');
    assert.throws(() => find(top, 'nowhere'), { code: 'root-not-found', message: /nowhere does not exist/ });
    assert.throws(() => find(top, 'file'), { code: 'root-not-found', message: /file is not a directory/ });
    assert.throws(() => find(top, undefined, { WLOCK_ROOT: 'nowhere' }), { code: 'root-not-found' });
  });

  it('makes nothing', () => {
    find(below('a', 'b', 'c'));
    assert.deepEqual(fs.readdirSync(top), ['a']);
    assert.deepEqual(fs.readdirSync(below('a', 'b', 'c')), []);
  });
});

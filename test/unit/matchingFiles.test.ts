import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { globEntry, pathEntry, type ScopeEntry } from '../../src/core/scope/entry.ts';
import { matchingFiles, mostLookedAt } from '../../src/manager/matchingFiles.ts';
import { TemporaryRoot } from '../real/temporaryRoot.ts';

describe('The files that a scope covers now', () => {
  let root: TemporaryRoot;
  beforeEach(() => (root = new TemporaryRoot()));
  afterEach(() => root[Symbol.dispose]());

  const write = (...names: readonly string[]): void => {
    for (const name of names) {
      fs.mkdirSync(path.dirname(root.in(name)), { recursive: true });
      fs.writeFileSync(root.in(name), '');
    }
  };
  const found = async (
    entry: Exclude<ScopeEntry, { kind: 'name' }>,
    most = 100,
  ): Promise<readonly [names: readonly string[], complete: boolean]> => {
    const { files, complete } = await matchingFiles(entry, { fold: false }, most);
    return [files.map((file) => path.relative(root.path, file)), complete];
  };

  it('are those below a folder, the file itself, or those that a pattern matches, by name', async () => {
    write('src/b.ts', 'src/a/z.ts', 'src/a/y.js', 'docs/x.ts', '.git/config');
    assert.deepEqual(await found(pathEntry(root.in('src'))), [['src/a/y.js', 'src/a/z.ts', 'src/b.ts'], true]);
    assert.deepEqual(await found(pathEntry(root.in('src/b.ts'))), [['src/b.ts'], true]);
    assert.deepEqual(await found(pathEntry(root.in('nowhere'))), [[], true]);
    assert.deepEqual(await found(globEntry(root.path, '**/*.ts')), [['docs/x.ts', 'src/a/z.ts', 'src/b.ts'], true]);
    assert.deepEqual(await found(globEntry(root.path, '**/*.ts'), 2), [['docs/x.ts', 'src/b.ts'], false]);
    assert.deepEqual((await found(pathEntry(root.path)))[0].includes('.git/config'), false);
  });

  it('are not hidden by a large folder that comes first by name, nor by installed packages', async () => {
    fs.mkdirSync(root.in('big'));
    for (let i = 0; i < mostLookedAt; i++) fs.closeSync(fs.openSync(root.in('big', `${i}.bin`), 'w'));
    write('node_modules/a/a.ts', 'src/deep/er/a.ts');
    fs.renameSync(root.in('big'), root.in('node_modules', 'big'));
    const [names, complete] = await found(globEntry(root.path, '**/*.ts'));
    assert.ok(names.includes('src/deep/er/a.ts'), names.join());
    assert.equal(complete, false);
  });
});

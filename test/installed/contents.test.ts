import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import * as path from 'node:path';
import { repository } from '../ui/scene.ts';
import { packageVsix, readVsix } from './vsix.mjs';

const kib = 1024;
const mostBytes = 500 * kib;

describe('The VSIX', () => {
  let files: ReturnType<typeof readVsix>;

  before(function () {
    this.timeout(60_000);
    mkdirSync(path.join(repository, 'dist/test'), { recursive: true });
    files = readVsix(packageVsix());
  });

  const names = (): readonly string[] => files.map(({ name }) => name);

  it('has what it needs and nothing else', () => {
    const translations = ['l10n', 'package.nls.json'].filter((name) => existsSync(path.join(repository, name)));
    const inExtension = names().flatMap((name) => /^extension\/([^/]+)/.exec(name)?.[1] ?? []);
    assert.deepEqual(
      [...new Set(inExtension)].sort(),
      ['LICENSE.txt', 'changelog.md', 'dist', 'media', 'package.json', 'readme.md', 'schemas', ...translations].sort(),
    );
    const outside = names().filter((name) => !name.startsWith('extension/'));
    assert.deepEqual(outside.toSorted(), ['[Content_Types].xml', 'extension.vsixmanifest']);
    const unknown = names().filter((name) => !/\.(mjs|cjs|js|json|md|svg|css|txt|xml|vsixmanifest)$/.test(name));
    assert.deepEqual(unknown, ['extension/media/icon.png'], 'no pictures of the README, no source maps');
  });

  it('is one file for every platform: nothing in it is machine code', () => {
    const manifest = files.find(({ name }) => name === 'extension.vsixmanifest')?.text ?? '';
    assert.match(manifest, /<Identity /);
    assert.doesNotMatch(manifest, /TargetPlatform/);
    for (const { name, text } of files) {
      assert.doesNotMatch(name, /\.node$|node_modules/);
      assert.doesNotMatch(text, /^(\x7fELF|MZ|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe|\0asm)/, name);
    }
  });

  it('has every file that its programs load, the command line’s too', () => {
    const dist = files.filter(({ name }) => name.startsWith('extension/dist/'));
    const there = new Set(dist.map(({ name }) => path.posix.basename(name)));
    for (const entry of ['extension.cjs', 'cli.cjs', 'keeper.cjs', 'activity.js']) assert.ok(there.has(entry), entry);
    const loaded = dist.flatMap(({ name, text }) =>
      [...text.matchAll(/["'`]\.\/([\w.-]+\.[cm]js)["'`]/g)].map(([, file = '']) => ({ name, file })),
    );
    assert.ok(loaded.length > there.size / 2);
    for (const { name, file } of loaded) assert.ok(there.has(file), `${name} loads ${file}`);
    const asked = new Set([...loaded.map(({ file }) => file), 'extension.cjs', 'cli.cjs', 'keeper.cjs', 'activity.js']);
    assert.deepEqual(
      [...there].filter((name) => !asked.has(name)),
      [],
      'and none that nobody loads',
    );
  });

  it('has every file that package.json names', () => {
    const manifest = readFileSync(path.join(repository, 'package.json'), 'utf8');
    const named = [...manifest.matchAll(/"(?:\.\/)?((?:media|schemas|dist)\/[\w./-]+\.\w+)"/g)].map(([, name]) => name);
    const notOfTheExtension = /^dist\/(index|types)\b/;
    for (const name of named.filter((each) => each && !notOfTheExtension.test(each))) {
      assert.ok(names().includes(`extension/${name}`), name);
    }
  });

  it(`is smaller than ${mostBytes / kib} KiB`, () => {
    const { size } = statSync(packageVsix());
    assert.ok(size <= mostBytes, `${Math.ceil(size / kib)} KiB`);
  });
});

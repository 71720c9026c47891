import assert from 'node:assert/strict';
import { globEntry, nameEntry, pathEntry } from '../../../src/core/scope/entry.ts';
import { assertInsideRoot } from '../../../src/core/scope/insideRoot.ts';
import { readScope, type ReadScopeOptions } from '../../../src/core/scope/readScope.ts';
import { ScopeError, type ScopeErrorCode } from '../../../src/core/scope/scopeError.ts';

const nothing: ReadScopeOptions = { as: 'scope', exists: () => false };
const all: ReadScopeOptions = { as: 'scope', exists: () => true };
const glob: ReadScopeOptions = { as: 'glob' };

function brief(text: string, options: ReadScopeOptions): string {
  const request = readScope(text, options);
  switch (request.kind) {
    case 'path':
      return `path ${request.path}`;
    case 'glob':
      return `glob ${request.base}|${request.pattern}`;
    case 'name':
      return `name ${request.name}`;
  }
}

function refuses(code: ScopeErrorCode, work: () => unknown): void {
  assert.throws(work, (error) => error instanceof ScopeError && error.code === code && error.hint !== '');
}

describe('reading a scope', () => {
  const cases: readonly (readonly [text: string, options: ReadScopeOptions, expected: string])[] = [
    ['src/api', nothing, 'path src/api'],
    ['src/api/', nothing, 'path src/api'],
    ['/', nothing, 'path /'],
    ['app/[id]/page.tsx', all, 'path app/[id]/page.tsx'],
    ['app/[id]/page.tsx', nothing, 'glob app|[id]/page.tsx'],
    ['app/(group)/x', all, 'path app/(group)/x'],
    ['C:\\a', nothing, 'path C:\\a'],
    ['src/**/*.ts', nothing, 'glob src|**/*.ts'],
    ['*', { as: 'path' }, 'path *'],
    ['session 7', { as: 'name' }, 'name session 7'],
    ['src/api', glob, 'path src/api'],
    ['src/api/', glob, 'path src/api'],
    ['./', glob, 'path .'],
    ['../lib/./*.ts', glob, 'glob ../lib|*.ts'],
    ['/abs//x/*', glob, 'glob /abs/x|*'],
    ['src/*/', glob, 'glob src|*/**'],
    ['src/\\[id\\]/*.ts', glob, 'glob src/[id]|*.ts'],
    ['src/!a*', glob, 'glob src|!a*'],
    ['{src,test}/*.ts', glob, 'glob |{src,test}/*.ts'],
    ['src/{a}/b', glob, 'path src/{a}/b'],
    ['${context.NAME}/x', nothing, 'path ${context.NAME}/x'],
    ['src/"a"*', glob, 'glob src|\\"a\\"*'],
    ['!(a)', glob, 'glob |!(a)'],
  ];
  for (const [text, options, expected] of cases) {
    it(`takes ${JSON.stringify(text)} by --${options.as} for ${expected}`, () => {
      assert.equal(brief(text, options), expected);
    });
  }

  it('says how a text was read that can be taken for something else, and nothing of others', () => {
    const said = (text: string, options: ReadScopeOptions): string => readScope(text, options).readAs ?? '';
    assert.match(said('a[b]', all), /path, because it exists/);
    assert.match(said('a[b]', nothing), /glob in the current directory, because it has pattern characters/);
    assert.match(said('a', glob), /path: nothing in it is a pattern/);
    assert.equal(said('a', all), '');
    assert.equal(said('a', nothing), '');
    assert.equal(said('a*', glob), '');
  });

  const refused: readonly (readonly [text: string, code: ScopeErrorCode])[] = [
    ['', 'empty'],
    ['  ', 'empty'],
    ['a\0*', 'nul'],
    ['!src/**', 'negated'],
    ['src/[ab', 'unbalanced'],
    ['src/ab]*', 'unbalanced'],
    ['src/{a,b', 'unbalanced'],
    ['(a{b)}', 'unbalanced'],
    ['@(a|b', 'unbalanced'],
    ['@(?a|b)', 'invalid-pattern'],
    ['(?!a)*', 'invalid-pattern'],
    ['[z-a]', 'invalid-pattern'],
    ['{/a,/b}/*', 'invalid-pattern'],
    ['*/../x', 'dot-dot'],
    ['{a,..}/x', 'dot-dot'],
    ['{1..257}', 'too-many-alternatives'],
    ['{1..1000000000000}', 'too-many-alternatives'],
    ['{1..20}{1..20}', 'too-many-alternatives'],
    ['{a,b}'.repeat(100), 'too-many-alternatives'],
    [`${'{a,b}'.repeat(8)}${'*a'.repeat(400)}`, 'too-long'],
    ['*'.repeat(1025), 'too-long'],
    [`${'@('.repeat(17)}a${')'.repeat(17)}`, 'too-deep'],
  ];
  for (const [text, code] of refused) {
    it(`refuses ${JSON.stringify(text.slice(0, 30))} as ${code}`, () => refuses(code, () => readScope(text, glob)));
  }

  it('says of a name that looks like another tool’s, and is none there, that only ours obey it', () => {
    const said = (text: string): string => readScope(text, { as: 'name' }).readAs ?? '';
    assert.match(said('openclaw:work'), /"openclaw:work" is no session of openclaw, .*openclaw:<agent>\/<session>/);
    assert.match(said('openclaw:/work'), /openclaw will not obey it/);
    assert.match(said('agentwire:build@host'), /agentwire will not obey it/);
    assert.match(said('agentwire:'), /agentwire will not obey it/);
    for (const name of ['openclaw:main/work', 'agentwire:build/api', 'database']) assert.equal(said(name), '');
  });

  it('accepts 256 alternatives', () => assert.equal(readScope('{1..256}*', glob).kind, 'glob'));
});

describe('making entries', () => {
  it('moves literal leading segments of a pattern into the base', () => {
    assert.deepEqual(globEntry('/r', 'src/a/*.ts'), { kind: 'glob', base: '/r/src/a', pattern: '*.ts' });
    assert.deepEqual(globEntry('/', 'src/*'), { kind: 'glob', base: '/src', pattern: '*' });
    assert.deepEqual(globEntry('/r', 'src/api'), pathEntry('/r/src/api'));
  });

  it('refuses paths that are not canonical', () => {
    for (const path of ['a', '/a/', '/a//b', '/a/./b', '/a/..']) refuses('not-canonical', () => pathEntry(path));
    refuses('not-canonical', () => globEntry('/a', '../*'));
    refuses('empty', () => pathEntry(''));
    refuses('nul', () => nameEntry('a\0'));
  });

  it('refuses entries outside of the root', () => {
    const exact = { fold: false };
    assertInsideRoot(pathEntry('/r'), '/r', exact);
    assertInsideRoot(pathEntry('/r/a'), '/r', exact);
    assertInsideRoot(nameEntry('x'), '/r', exact);
    assertInsideRoot(pathEntry('/R/a'), '/r', { fold: true });
    refuses('outside-root', () => assertInsideRoot(pathEntry('/ra'), '/r', exact));
    refuses('outside-root', () => assertInsideRoot(pathEntry('/R/a'), '/r', exact));
    refuses('outside-root', () => assertInsideRoot(globEntry('/', '*'), '/r', exact));
  });
});

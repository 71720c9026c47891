import * as assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { bundleFile, bundleText, keysInSource } from '../l10n/keysInSource.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const read = (name: string): { readonly [key: string]: Json } =>
  JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')) as { readonly [key: string]: Json };
const manifest = read('package.json');
const texts = read('package.nls.json');

/** Where people read what package.json says. */
const shownKeys = new Set([
  'title',
  'category',
  'name',
  'contextualTitle',
  'contents',
  'description',
  'markdownDescription',
  'enumDescriptions',
  'markdownEnumDescriptions',
  'label',
]);

/** Every text that is shown, with the place where it stands. */
function shownTexts(value: Json, place: string, isShown: boolean): readonly (readonly [string, string])[] {
  if (typeof value === 'string') return isShown ? [[place, value]] : [];
  if (typeof value !== 'object' || value === null) return [];
  const isTool = place.endsWith('.languageModelTools'); // a model reads them, but for what people see of them
  return Object.entries(value).flatMap(([key, inner]) =>
    isTool
      ? shownTexts(toolTexts(inner), `${place}.${key}`, true)
      : shownTexts(inner, `${place}.${key}`, Array.isArray(value) ? isShown : shownKeys.has(key)),
  );
}

function toolTexts(tool: Json): Json {
  const { displayName = '', userDescription = '' } = tool as { readonly [key: string]: Json };
  return [displayName, userDescription];
}

describe('Translation', () => {
  const contributed = [
    ...shownTexts(manifest['contributes'] ?? {}, 'contributes', false),
    ...shownTexts(manifest['capabilities'] ?? {}, 'capabilities', false),
  ];

  it('finds every contributed text of package.json in package.nls.json, which has no other', () => {
    assert.ok(contributed.length > 50);
    const literal = contributed.filter(([, text]) => !/^%[\w.]+%$/.test(text));
    assert.deepEqual(literal, []);
    const used = new Set(contributed.map(([, text]) => text.slice(1, -1)));
    assert.deepEqual([...used].sort(), Object.keys(texts).sort());
    for (const [key, text] of Object.entries(texts)) assert.ok(typeof text === 'string' && text.trim() !== '', key);
  });

  it('finds every text of the extension in its bundle, which has no other (npm run l10n writes it)', () => {
    const { keys, unreadable } = keysInSource();
    assert.deepEqual(unreadable, []);
    assert.equal(readFileSync(bundleFile, 'utf8'), bundleText(keys));
  });

  it('comes with both packages of texts into the VSIX', () => {
    const lines = readFileSync(new URL('../../.vscodeignore', import.meta.url), 'utf8').split('\n');
    assert.equal(manifest['l10n'], './l10n');
    for (const line of ['!package.nls.json', '!l10n/bundle.l10n*.json']) assert.ok(lines.includes(line), line);
  });
});

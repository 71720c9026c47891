import * as assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';

interface Setting {
  readonly default: unknown;
  readonly markdownDescription: string;
  readonly enum?: readonly string[];
  readonly markdownEnumDescriptions?: readonly string[];
}

const text = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

describe('The table of settings in docs/vscode.md', () => {
  const { contributes } = JSON.parse(text('package.json')) as {
    readonly contributes: { readonly configuration: { readonly properties: Readonly<Record<string, Setting>> } };
  };
  const settings = Object.entries(contributes.configuration.properties);
  const rows = text('docs/vscode.md')
    .split('\n')
    .filter((line) => line.startsWith('| `workspaceLocks.'))
    .map((line) => line.replace(/ +/g, ' ').trim());

  it('has every setting, with the default and the words of package.json', () => {
    assert.deepEqual(rows, settings.map(rowOf));
  });
});

/** A text of `package.json` may be a key of its translations. */
function inEnglish(words: string): string {
  const key = /^%(.+)%$/.exec(words)?.[1];
  if (key === undefined || !existsSync(new URL('../../package.nls.json', import.meta.url))) return words;
  const translated = (JSON.parse(text('package.nls.json')) as Readonly<Record<string, string>>)[key];
  assert.ok(translated, `package.nls.json has ${key}`);
  return translated;
}

function rowOf([key, setting]: readonly [string, Setting]): string {
  const choices = (setting.enum ?? []).map(
    (value, index) => `\`${value}\`: ${inEnglish(setting.markdownEnumDescriptions?.[index] ?? '')}`,
  );
  const words = [inEnglish(setting.markdownDescription), ...choices].join(' ');
  return `| \`${key}\` | \`${JSON.stringify(setting.default)}\` | ${words} |`;
}

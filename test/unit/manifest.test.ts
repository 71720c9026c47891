import * as assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { configurationName } from '../../src/manager/configuration/configuration.ts';
import { contributedTools, type ContributedTool } from '../manifest/modelTools.ts';
import {
  agentIds,
  colorIds,
  commandIds,
  contextKeys,
  settingIds,
  treeContexts,
  viewIds,
} from '../../src/extension/ids.ts';

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category: string }[];
    readonly languageModelTools: readonly ContributedTool[];
    readonly mcpServerDefinitionProviders: readonly { readonly id: string }[];
    readonly jsonValidation: readonly { readonly fileMatch: string; readonly url: string }[];
    readonly colors: readonly { readonly id: string; readonly defaults: Readonly<Record<string, string>> }[];
    readonly configuration: {
      readonly properties: Readonly<
        Record<string, { readonly default?: unknown; readonly markdownDescription?: string; readonly scope?: string }>
      >;
    };
    readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when: string }[]>>;
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly viewsContainers: { readonly activitybar: readonly { readonly id: string }[] };
    readonly viewsWelcome: readonly { readonly when: string }[];
  };
  readonly capabilities: Readonly<Record<string, unknown>>;
}

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Manifest;
const { contributes } = manifest;

describe('package.json and the extension', () => {
  it('name the same commands, each with a title and our category', () => {
    assert.deepEqual(contributes.commands.map(({ command }) => command).sort(), Object.values(commandIds).sort());
    for (const { title, category } of contributes.commands) {
      assert.notEqual(title, '');
      assert.equal(category, '%category%');
    }
  });

  it('name the same model tools as the MCP server has, with the same schemas (npm run model-tools)', () => {
    assert.deepEqual(contributes.languageModelTools, contributedTools());
    assert.deepEqual(
      [...agentIds.tools],
      contributes.languageModelTools.map(({ name }) => name.slice(6)),
    );
    for (const { name, toolReferenceName } of contributes.languageModelTools) {
      assert.match(name, /^[\w-]+$/);
      assert.match(toolReferenceName, /^[\w-]+$/);
    }
    assert.deepEqual(
      contributes.mcpServerDefinitionProviders.map(({ id }) => id),
      [agentIds.mcpProvider],
    );
  });

  it('name the same views', () => {
    assert.deepEqual(
      contributes.viewsContainers.activitybar.map(({ id }) => id),
      [viewIds.container],
    );
    assert.deepEqual(
      contributes.views[viewIds.container]?.map(({ id }) => id),
      [viewIds.liveLocks],
    );
  });

  it('name the same settings, each with a default, a description and a scope', () => {
    const { section, ...keys } = settingIds;
    const wanted = Object.values(keys).map((key) => `${section}.${key}`);
    assert.deepEqual(Object.keys(contributes.configuration.properties).sort(), wanted.sort());
    for (const [key, setting] of Object.entries(contributes.configuration.properties)) {
      assert.ok('default' in setting && setting.markdownDescription && setting.scope, key);
    }
  });

  it('name the same colors, each for dark, light and both high contrasts', () => {
    assert.deepEqual(contributes.colors.map(({ id }) => id).sort(), Object.values(colorIds).sort());
    for (const { defaults } of contributes.colors) {
      assert.deepEqual(Object.keys(defaults).sort(), ['dark', 'highContrast', 'highContrastLight', 'light']);
    }
  });

  it('use only context keys and row kinds that the extension sets', () => {
    const conditions = [...Object.values(contributes.menus).flat(), ...contributes.viewsWelcome].map(
      ({ when }) => when,
    );
    const keys = new Set<string>(Object.values(contextKeys));
    for (const [key] of conditions.join(' ').matchAll(/(?<!view == )(?<!view\.)\bworkspaceLocks\.[\w.]+/g)) {
      assert.ok(keys.has(key), key);
    }
    const kinds = new Set<string>(Object.values(treeContexts));
    for (const [, kind] of conditions.join(' ').matchAll(/viewItem == ([\w.]+)/g))
      assert.ok(kinds.has(kind ?? ''), kind);
  });

  it('keep a row’s inline actions at three or fewer', () => {
    for (const kind of Object.values(treeContexts)) {
      const inline = (contributes.menus['view/item/context'] ?? []).filter(
        ({ when, ...item }) => 'group' in item && String(item.group).startsWith('inline') && matches(when, kind),
      );
      assert.ok(inline.length <= 3, kind);
    }
  });

  it('name the schema of the configuration file, which both packages carry', () => {
    assert.deepEqual(contributes.jsonValidation, [
      { fileMatch: configurationName, url: './schemas/wlock.schema.json' },
    ]);
    const lines = (file: string): readonly string[] =>
      readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').split('\n');
    assert.ok(lines('.vscodeignore').includes('!schemas/wlock.schema.json'));
    assert.ok(lines('.npmignore').includes('!/schemas'));
  });

  it('declare what happens in untrusted and virtual workspaces', () => {
    assert.deepEqual(Object.keys(manifest.capabilities).sort(), ['untrustedWorkspaces', 'virtualWorkspaces']);
  });
});

/** Enough of a when clause for our menus: `viewItem == x` and `viewItem =~ /x/`. */
function matches(when: string, kind: string): boolean {
  const equal = /^viewItem == (\S+)$/.exec(when)?.[1];
  if (equal !== undefined) return equal === kind;
  const pattern = /^viewItem =~ \/(.+)\/$/.exec(when)?.[1];
  assert.ok(pattern, `the test understands: ${when}`);
  return new RegExp(pattern).test(kind);
}

/** The shipped lock card outside of VS Code: `vscode` is replaced by what it needs, as VS Code writes it. */
import { register } from 'node:module';

const editor = `
export const l10n = {
  t: (text, ...words) => text.replace(/\\{(\\d+)\\}/g, (_match, at) => String(words[Number(at)])),
};
export class MarkdownString {
  constructor(value = '') { this.value = value; }
  appendMarkdown(text) { this.value += text; return this; }
  appendText(text) {
    this.value += text
      .replace(/[\\\\\`*_{}[\\]()#+\\-!~]/g, '\\\\$&')
      .replace(/([ \\t]+)/g, (_match, blanks) => '&nbsp;'.repeat(blanks.length))
      .replace(/>/g, '\\\\>')
      .replace(/\\n/g, '\\n\\n');
    return this;
  }
}`;
const asUrl = (source: string): string => `data:text/javascript,${encodeURIComponent(source)}`;
const hooks = `
const url = ${JSON.stringify(asUrl(editor))};
export const resolve = (name, context, next) => name === 'vscode' ? { url, shortCircuit: true } : next(name, context);`;
register(asUrl(hooks));

export const { lockCardMarkdown, lockCardText } = await import('../../src/extension/lockCard.ts');

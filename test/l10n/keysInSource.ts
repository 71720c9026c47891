/** The texts that the extension asks translations for: what stands in its calls of `vscode.l10n.t`. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const extension = fileURLToPath(new URL('../../src/extension', import.meta.url));

export interface SourceKeys {
  readonly keys: ReadonlySet<string>;
  /** Calls whose text is put together while running, where no translation can be found for it. */
  readonly unreadable: readonly string[];
}

export function keysInSource(): SourceKeys {
  const keys = new Set<string>();
  const unreadable: string[] = [];
  for (const file of ts.sys.readDirectory(extension, ['.ts'])) {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && node.expression.getText(source) === 'vscode.l10n.t') {
        const [text] = node.arguments;
        if (text && ts.isStringLiteralLike(text)) keys.add(text.text);
        else unreadable.push(`${file.slice(extension.length + 1)}: ${node.getText(source)}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return { keys, unreadable };
}

/** As `l10n/bundle.l10n.json` must be: each text for itself, in the order of their characters. */
export function bundleText(keys: ReadonlySet<string>): string {
  const sorted = [...keys].sort();
  return `${JSON.stringify(Object.fromEntries(sorted.map((key) => [key, key])), undefined, 2)}\n`;
}

export const bundleFile = fileURLToPath(new URL('../../l10n/bundle.l10n.json', import.meta.url));

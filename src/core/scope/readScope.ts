import { checkCompiles } from './area.ts';
import { assertNoNul, nameEntry } from './entry.ts';
import { hasPatternCharacters, isNegated, splitLiteralPrefix } from './patternText.ts';
import { whyOnlyOurs } from './resourceName.ts';
import { ScopeError } from './scopeError.ts';

/**
 * What was typed, understood but not yet resolved. The caller makes `path` and `base` canonical (relative to its current
 * directory, `realpath` of the longest existing ancestor) and passes them to `pathEntry` or `globEntry`; `base` is ''
 * for the current directory. `readAs` is there where the text could be taken for something else: a sentence for people, to
 * be escaped for the screen.
 */
export type ScopeRequest = { readonly readAs?: string } & (
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'glob'; readonly base: string; readonly pattern: string }
  | { readonly kind: 'name'; readonly name: string }
);

/** Which option the text came from. `--scope` has to know what exists. */
export type ReadScopeOptions =
  { readonly as: 'path' | 'glob' | 'name' } | { readonly as: 'scope'; readonly exists: (path: string) => boolean };

/**
 * Reads the text of `--path`, `--glob`, `--name` or `--scope` (DESIGN.md, section 5).
 *
 * A glob without pattern characters is read as a path, and says so: whoever asks for `--glob src/api` gets the directory
 * and all below, which is never less than the literal match.
 * @throws ScopeError `empty`, `nul`, `negated`, and for a glob all that `expandPattern` refuses
 */
export function readScope(text: string, options: ReadScopeOptions): ScopeRequest {
  assertNoNul(text);
  if (text.trim() === '') {
    throw emptyText(options.as);
  }
  switch (options.as) {
    case 'path':
      return asPath(text);
    case 'glob':
      return asGlob(text);
    case 'name':
      return asName(nameEntry(text).name);
    case 'scope':
      if (!hasPatternCharacters(text)) return asPath(text);
      if (options.exists(text))
        return { ...asPath(text), readAs: `${quote(text)} is read as a path, because it exists.` };
      return asGlob(text, 'because it has pattern characters and no such file exists');
  }
}

function asName(name: string): ScopeRequest {
  const because = whyOnlyOurs(name);
  return { kind: 'name', name, ...(because === undefined ? {} : { readAs: `${quote(name)} ${because}` }) };
}

function emptyText(as: ReadScopeOptions['as']): ScopeError {
  switch (as) {
    case 'name':
      return new ScopeError('empty', 'The name is empty.', 'Give the resource a name.');
    case 'glob':
      return new ScopeError('empty', 'The pattern is empty.', 'Use `**` for everything below the current directory.');
    case 'path':
      return new ScopeError('empty', 'The path is empty.', 'Use `.` for the current directory.');
    case 'scope':
      return new ScopeError('empty', 'The scope is empty.', 'Use `.` for the current directory.');
  }
}

function asPath(text: string): ScopeRequest {
  return { kind: 'path', path: text.replace(/(?<=[^/])\/+$/, '') };
}

function asGlob(text: string, why?: string): ScopeRequest {
  if (isNegated(text)) {
    throw new ScopeError(
      'negated',
      'A scope cannot say "everything but".',
      'Name what you need; `!(a|b)` excludes within a segment, `\\!` or --path means a literal exclamation mark.',
    );
  }
  const { literal, rest } = splitLiteralPrefix(text);
  const place = (text.startsWith('/') ? '/' : '') + literal.join('/');
  if (rest === '') {
    return {
      kind: 'path',
      path: place || '.',
      readAs: `${quote(text)} is read as a path: nothing in it is a pattern.`,
    };
  }
  checkCompiles(rest);
  const request = { kind: 'glob', base: place, pattern: rest } as const;
  if (why === undefined) return request;
  const where = place === '' ? 'the current directory' : quote(place);
  return { ...request, readAs: `${quote(text)} is read as a glob in ${where}, ${why}.` };
}

/** JSON, so that quotes and control characters cannot leave the quotation. */
function quote(text: string): string {
  return JSON.stringify(text);
}

/** The key `declared` of `.wlock.json`: other tools' lock files in a few lines. */
import { splitLiteralPrefix } from '../../core/scope/patternText.ts';
import { globEntry } from '../../core/scope/entry.ts';
import { ScopeError } from '../../core/scope/scopeError.ts';
import type { Declaration } from '../../protocols/declared/declaration.ts';
import { list, members, numberAbove, oneOf, text, Unacceptable, type Reader } from './readers.ts';

/** As it is written there; `Declaration` says what each means. */
interface Written {
  readonly name?: string;
  readonly files?: string;
  readonly entry?: Declaration['entry'];
  readonly pattern?: string;
  readonly holder?: string;
  readonly pid?: string;
  readonly reason?: string;
  readonly scope?: string;
  readonly scopeAs?: Declaration['scopeAs'];
  readonly scopeEnding?: string;
  readonly since?: string;
  readonly expires?: string;
  readonly ttlSeconds?: number;
  readonly exclusive?: string;
  readonly released?: string;
}

const field = text('a JSON pointer such as /agent, or with "pattern" the name of one of its groups', (value) =>
  /^(?:\/[^\p{Cc}]*|[A-Za-z_]\w*)$/u.test(value),
);

const written = members<Written>({
  name: text('a name of letters, digits, hyphens and underscores', (value) =>
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/.test(value),
  ),
  files: text('a glob relative to the workspace root', isInnerGlob),
  entry: oneOf('file', 'directory'),
  pattern: text('a regular expression with named groups', isPattern),
  holder: field,
  pid: field,
  reason: field,
  scope: field,
  scopeAs: oneOf('path', 'glob', 'name'),
  scopeEnding: text('the end of a file name, such as .lock', (value) => /^[^/\p{Cc}]{1,40}$/u.test(value)),
  since: field,
  expires: field,
  ttlSeconds: numberAbove(0),
  exclusive: field,
  released: field,
});

const one: Reader<Declaration> = (value, at) => {
  const { name, files, entry = 'file', scopeAs = 'path', ttlSeconds, ...rest } = written(value, at);
  if (name === undefined) throw new Unacceptable(`${at}.name is missing; it says which tool it is`);
  if (files === undefined) throw new Unacceptable(`${at}.files is missing; it says which files are its locks`);
  const fields = [
    rest.holder,
    rest.pid,
    rest.reason,
    rest.scope,
    rest.since,
    rest.expires,
    rest.exclusive,
    rest.released,
  ];
  const unfit = fields.find((each) => each !== undefined && each.startsWith('/') === (rest.pattern !== undefined));
  if (unfit !== undefined) {
    throw new Unacceptable(
      rest.pattern === undefined
        ? `${at} names the field ${unfit}, but without "pattern" a field is a JSON pointer, which begins with /`
        : `${at} names the field ${unfit}, but with "pattern" a field is the name of one of its groups`,
    );
  }
  return { name, files, entry, scopeAs, ...rest, ...(ttlSeconds === undefined ? {} : { ttlMs: ttlSeconds * 1_000 }) };
};

export const declarations = list(one, 50);

function isInnerGlob(value: string): boolean {
  if (value.startsWith('/') || splitLiteralPrefix(value).literal.some((part) => part === '..' || part === '.'))
    return false;
  try {
    globEntry('/', value);
    return true;
  } catch (error) {
    if (error instanceof ScopeError) return false;
    throw error;
  }
}

function isPattern(value: string): boolean {
  try {
    new RegExp(value, 'u');
    return value.length <= 500;
  } catch {
    return false;
  }
}

/** Another tool's lock files, as a user describes them in `.wlock.json` (DESIGN 6.3). */

/** Where a value stands: a JSON pointer (RFC 6901) into the file, or the named group of `pattern`. */
export type Field = string;

export interface Declaration {
  /** Of the tool, as it is shown: `proper-lockfile`. */
  readonly name: string;
  /** Which files are its locks: a glob relative to the root. */
  readonly files: string;
  /** Lock directories have no content; their times are all there is. */
  readonly entry: 'file' | 'directory';
  /** For files that are text and not JSON: a regular expression whose named groups are the fields. */
  readonly pattern?: string;
  readonly holder?: Field;
  readonly pid?: Field;
  readonly reason?: Field;
  /** What it covers, relative to the root. */
  readonly scope?: Field;
  readonly scopeAs: 'path' | 'glob' | 'name';
  /** Without `scope`: a lock covers the file whose name is its own without this ending. */
  readonly scopeEnding?: string;
  /** Times: ISO 8601, or seconds or milliseconds since 1970. Without `since`, the file's own time counts. */
  readonly since?: Field;
  readonly expires?: Field;
  /** It is over so many milliseconds after its time, unless the tool touches it. */
  readonly ttlMs?: number;
  /** False there makes it a shared lock. */
  readonly exclusive?: Field;
  /** Anything but null there: it has been given back. */
  readonly released?: Field;
}

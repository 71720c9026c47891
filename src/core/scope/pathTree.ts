/** Canonical absolute paths as a tree. Plain text work: the caller resolved symbolic links. */

/** '' if `path` is `directory`, the part below it if it lies below, else undefined. Whole components only: `/ab` is not below `/a`. */
export function relativeTo(directory: string, path: string): string | undefined {
  if (path === directory) return '';
  const prefixLength = directory === '/' ? 1 : directory.length + 1;
  const below = path.length > prefixLength && path.startsWith(directory) && path.charCodeAt(prefixLength - 1) === SLASH;
  return below ? path.slice(prefixLength) : undefined;
}

export function isAtOrBelow(directory: string, path: string): boolean {
  return relativeTo(directory, path) !== undefined;
}

/** `directory` joined with a relative path that may be ''. */
export function joinBelow(directory: string, relative: string): string {
  if (relative === '') return directory;
  return directory === '/' ? `/${relative}` : `${directory}/${relative}`;
}

/** `relative` below `directory` with its `.` and `..` resolved as text; undefined where it leads out, or is absolute elsewhere. */
export function canonicalBelow(directory: string, relative: string): string | undefined {
  if (relative.includes('\0')) return undefined;
  const names: string[] = [];
  const whole = relative.startsWith('/') ? relative : joinBelow(directory, relative);
  for (const name of whole.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  const path = `/${names.join('/')}`;
  return isAtOrBelow(directory, path) ? path : undefined;
}

/** The parent, or undefined for `/`. */
export function parentOf(path: string): string | undefined {
  if (path === '/') return undefined;
  const slash = path.lastIndexOf('/');
  return slash === 0 ? '/' : path.slice(0, slash);
}

const SLASH = 0x2f;

/** From a path as claude-swarm's users write it to the name of its lock file (PROTOCOLS 2.1). */
import { sha256 } from '../../os/sha256.ts';

/** Python's `Path(x).as_posix()`: no `./`, `//` or slash at the end; `..`, case and a leading `//` stay. */
export function normalise(text: string): string {
  const lead = text.startsWith('//') && !text.startsWith('///') ? '//' : text.startsWith('/') ? '/' : '';
  const names = text.split('/').filter((name) => name !== '' && name !== '.');
  return lead + names.join('/') || '.';
}

/** Of a normalised path. */
export function lockName(normalised: string): string {
  return `${sha256(normalised)}.lock`;
}

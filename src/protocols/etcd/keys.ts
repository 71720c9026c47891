/** Where the locks of one repository stand in a cluster. All of it lies under one prefix: one read, one watch. */
import type { LockId } from '../../core/lock.ts';
import { sha256 } from '../../os/sha256.ts';

/** A range of keys, from `key` up to but without `end`. */
export interface Range {
  readonly key: string;
  readonly end: string;
}

const version = 'v1';

/** etcd takes longer keys, but people read them. */
const longestPart = 200;

export class Keys {
  readonly prefix: string;

  constructor(namespace: string) {
    // Encoded, so that no namespace is the beginning of another one's keys.
    this.prefix = `/workspace-locks/${version}/${encodeURIComponent(namespace)}/`;
  }

  get all(): Range {
    return rangeOf(this.prefix);
  }

  get epochs(): Range {
    return rangeOf(`${this.prefix}epochs/`);
  }

  lock(id: LockId): string {
    return `${this.prefix}locks/${id}`;
  }

  waiter(id: LockId): string {
    return `${this.prefix}waiters/${id}`;
  }

  /** How a lock ended that was removed over its holder's head. */
  end(id: LockId): string {
    return `${this.prefix}ends/${id}`;
  }

  epoch(name: string): string {
    // Half a surrogate pair has no encoding; and too long names have one that is too long.
    const encoded = /\p{Surrogate}/u.test(name) ? undefined : encodeURIComponent(name);
    const isFit = encoded !== undefined && encoded.length <= longestPart;
    return `${this.prefix}epochs/${isFit ? encoded : `sha256:${sha256(name)}`}`;
  }

  /** What a key is about. */
  read(key: string): { readonly kind: 'lock' | 'waiter'; readonly id: LockId } | undefined {
    const [kind, id, more] = key.slice(this.prefix.length).split('/');
    if (!key.startsWith(this.prefix) || id === undefined || id === '' || more !== undefined) return undefined;
    if (kind === 'locks') return { kind: 'lock', id: id as LockId };
    return kind === 'waiters' ? { kind: 'waiter', id: id as LockId } : undefined;
  }
}

/** All keys that begin so; the prefix ends in a character that has a next one. */
function rangeOf(prefix: string): Range {
  const last = prefix.length - 1;
  return { key: prefix, end: prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1) };
}

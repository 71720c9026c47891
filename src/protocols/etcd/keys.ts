/** Where the locks of one repository stand in a cluster. All of it lies under one prefix: one read, one watch. */
import type { LockId } from '../../core/lock.ts';
import { sha256 } from '../../os/sha256.ts';
import { epochsOf, everywhere, type Epochs } from './epochs.ts';
import type { RelativeEntry } from './relativeScope.ts';

/** A range of keys, from `key` up to but without `end`. */
export interface Range {
  readonly key: string;
  readonly end: string;
}

const version = 'v1';
/** Their own group: there are few. No epoch has this name, encoded or not. */
const waiters = ' waiters';

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

  /** Locks lie by the epoch that all of their scope has, so that who asks for one folder need not read the others. */
  lock(id: LockId, scope: readonly RelativeEntry[]): string {
    const epochs = epochsOf(scope);
    const [only] = epochs.kind === 'some' && epochs.names.length === 1 ? epochs.names : [everywhere];
    return `${this.#locks(only ?? everywhere)}${id}`;
  }

  /** All keys of locks that may overlap a scope with these epochs, and of all who wait. */
  near(epochs: Epochs): readonly Range[] {
    if (epochs.kind === 'all') return [this.all];
    return [...[everywhere, ...epochs.names].map((name) => this.#locks(name)), `${this.prefix}waiters/`].map(rangeOf);
  }

  /** The groups of those keys, as `read` names them; undefined for all. */
  groupsNear(epochs: Epochs): readonly string[] | undefined {
    return epochs.kind === 'all' ? undefined : [...[everywhere, ...epochs.names].map(encodedEpoch), waiters];
  }

  waiter(id: LockId): string {
    return `${this.prefix}waiters/${id}`;
  }

  /** How a lock ended that was removed over its holder's head. */
  end(id: LockId): string {
    return `${this.prefix}ends/${id}`;
  }

  epoch(name: string): string {
    return `${this.prefix}epochs/${encodedEpoch(name)}`;
  }

  /** What a key is about, and in which group of keys it lies. */
  read(key: string): { readonly kind: 'lock' | 'waiter'; readonly id: LockId; readonly group: string } | undefined {
    if (!key.startsWith(this.prefix)) return undefined;
    const [kind, ...rest] = key.slice(this.prefix.length).split('/');
    const id = rest.at(-1) as LockId | undefined;
    const [group] = rest;
    if (id === undefined || id === '' || group === undefined) return undefined;
    if (kind === 'locks' && rest.length === 2) return { kind: 'lock', id, group };
    return kind === 'waiters' && rest.length === 1 ? { kind: 'waiter', id, group: waiters } : undefined;
  }

  #locks(epoch: string): string {
    return `${this.prefix}locks/${encodedEpoch(epoch)}/`;
  }
}

function encodedEpoch(name: string): string {
  // Half a surrogate pair has no encoding; and too long names have one that is too long.
  const encoded = /\p{Surrogate}/u.test(name) ? undefined : encodeURIComponent(name);
  return encoded !== undefined && encoded.length <= longestPart ? encoded : `sha256:${sha256(name)}`;
}

/** All keys that begin so; the prefix ends in a character that has a next one. */
function rangeOf(prefix: string): Range {
  const last = prefix.length - 1;
  return { key: prefix, end: prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1) };
}

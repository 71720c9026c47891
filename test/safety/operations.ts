/** What a simulated process may do: the operations of the port, and some that only little-loops and the tests need. */
import type { Fd, Operation, Os, Steps } from '../../src/os/os.ts';

/** What the ledger has to know; costs no step of its own. */
export type Mark =
  | {
      readonly kind: 'entered';
      readonly id: string;
      readonly path: string;
      readonly shared: boolean;
      readonly token: number;
    }
  /** Another process of its session has it now. */
  | {
      readonly kind: 'taken-over';
      readonly id: string;
      readonly path: string;
      readonly shared: boolean;
      readonly token: number;
    }
  | { readonly kind: 'left' | 'released' | 'renewed' | 'forcing'; readonly id: string }
  /** Its holder was told, and of whose doing it was, or not. */
  | { readonly kind: 'lost'; readonly id: string; readonly isExplained: boolean }
  /** That it waits in a circle; no scenario has one. */
  | { readonly kind: 'told-of-deadlock' }
  /** A request begins; and it was refused, by these locks. */
  | { readonly kind: 'trying' }
  | { readonly kind: 'refused'; readonly by: readonly { readonly id: string; readonly pid: number | undefined }[] }
  | { readonly kind: 'gave-up'; readonly path: string; readonly shared: boolean };

export type PeerOperation =
  | { readonly name: 'mark'; readonly args: readonly [Mark] }
  /** open(2) with O_TRUNC, as Python's `open(path, "w")`. */
  | { readonly name: 'openTruncated'; readonly args: readonly [path: string] }
  /** flock(2) that waits. */
  | { readonly name: 'lockWait'; readonly args: readonly [fd: Fd] }
  /** `rm -r`, by somebody who takes no part. */
  | { readonly name: 'removeTree'; readonly args: readonly [path: string] }
  /** Lives on for ever. */
  | { readonly name: 'linger'; readonly args: readonly [] }
  /** unlink(2) of the gate, as soon as nobody is inside. */
  | { readonly name: 'removeFreeGate'; readonly args: readonly [] }
  /** unlink(2) of what was its own by name, without a look whose file it is now; and of a record that it takes for dead. */
  | { readonly name: 'releaseBlindly'; readonly args: readonly [path: string] }
  | { readonly name: 'unlinkDead'; readonly args: readonly [path: string] }
  /** unlink(2) of every hold, as `git clean` does, by somebody who takes no part. */
  | { readonly name: 'removeHolds'; readonly args: readonly [] }
  /** unlink(2) of the token counter; and the wall clock is set back. */
  | { readonly name: 'loseFence'; readonly args: readonly [] };

export type SimOperation = Operation | PeerOperation;

export function* mark(what: Mark): Steps<void> {
  yield* peer('mark', what);
}

/** `yield* peer('openTruncated', path)`: one operation that the port does not have. */
export function* peer<Name extends PeerOperation['name']>(
  name: Name,
  ...args: Extract<PeerOperation, { name: Name }>['args']
): Generator<Operation, unknown, unknown> {
  return yield { name, args } as unknown as Operation;
}

/** Reading the clock, one's own identity and the like: nobody else can change what they say, or see that they were done. */
const alone: ReadonlySet<SimOperation['name']> = new Set<keyof Os | PeerOperation['name']>([
  'now',
  'monotonic',
  'identity',
  'uuid',
  'random',
  'remoteFileSystem',
  'commandName',
  'ancestors',
  'flockHolders',
  'fsync',
  'fstat',
  'append',
  'mark',
]);

const looks: ReadonlySet<SimOperation['name']> = new Set<keyof Os | PeerOperation['name']>([
  'lstat',
  'readdir',
  'read',
  'readTail',
  'process',
  'sleep',
]);

/** Changes nothing, so dying before it is the same as dying before the next step that does. */
export function isLook({ name, args }: SimOperation): boolean {
  return looks.has(name) || (name === 'open' && args[1] === 'read');
}

export function isAlone({ name }: SimOperation): boolean {
  return alone.has(name);
}

/** A line in the journal follows what it tells of at once, as nobody can tell the difference; but one may die in between. */
export function isLine(operation: SimOperation | undefined): boolean {
  return operation?.name === 'append';
}

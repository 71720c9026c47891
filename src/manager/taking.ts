/** All that takes, holds and deletes locks: one part of the program, which a window that only looks never loads. */
export { HeldLock } from './heldLock.ts';
export { withRetry } from './retry.ts';
export { OneLock } from './tools/oneLock.ts';

/** Fencing tokens, for whoever guards a resource: which of two writers got its lock later? */
import { LockError } from './errors.ts';
import type { Token } from './lock.ts';

const pattern = /^([a-z][a-z0-9-]{0,31}):(0|[1-9]\d{0,15})$/;

interface TokenParts {
  readonly store: string;
  readonly number: number;
}

/**
 * Negative where `a` is older than `b`, 0 where they are the same, positive where `a` is newer. Numbers of different
 * stores say nothing about each other, so those, and what is no token, are refused: a resource that went on with
 * "cannot tell" would let the late writer in.
 * @throws LockError `usage`
 */
export function compareTokens(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  if (left.store === right.store) return left.number - right.number;
  throw new LockError(
    'usage',
    `The tokens ${a} and ${b} come from different stores, so neither is older.`,
    'Let all writers of one resource take their locks in one store.',
  );
}

/** @throws LockError `usage` */
export function readToken(text: string): Token {
  const { store, number } = partsOf(text);
  return `${store}:${number}`;
}

function partsOf(text: string): TokenParts {
  const [, store, digits] = pattern.exec(text) ?? [];
  const number = Number(digits);
  if (store !== undefined && Number.isSafeInteger(number)) return { store, number };
  throw new LockError(
    'usage',
    `${JSON.stringify(text)} is no fencing token.`,
    'A token is a store and a number, such as loops:1763716790275124; the holder has it in WLOCK_TOKEN.',
  );
}

/** Small readers of JSON values, which say in words what was found, where, and what is allowed. */
import { escapeForDisplay } from '../../core/display.ts';

/** `at` names the value's key as a person would: `loopsDir`, or `etcd.endpoints`; empty for the whole file. */
export type Reader<T> = (value: unknown, at: string) => T;

/** Finishes the sentence "… cannot be used: …". */
export class Unacceptable extends Error {
  override readonly name = 'Unacceptable';
}

/** An object with no other keys than these, each of which may be absent. */
export function members<T extends object>(readers: { readonly [K in keyof T]-?: Reader<T[K]> }): Reader<T> {
  const known = Object.keys(readers).join(', ');
  return (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unfit(value, at, 'an object');
    const read = Object.entries(value).map(([key, member]) => {
      const name = at === '' ? key : `${at}.${key}`;
      if (!isKeyOf(readers, key)) throw new Unacceptable(`the key ${shown(name)} is not known; allowed are ${known}`);
      return [key, readers[key](member, name)];
    });
    return Object.fromEntries(read) as T;
  };
}

/** A text, of which `isAllowed` may ask more; `allowed` says all of it in words. */
export function text(allowed: string, isAllowed: (value: string) => boolean = () => true): Reader<string> {
  return (value, at) => {
    if (typeof value === 'string' && isAllowed(value)) return value;
    throw unfit(value, at, allowed);
  };
}

export const flag: Reader<boolean> = (value, at) => {
  if (typeof value === 'boolean') return value;
  throw unfit(value, at, 'true or false');
};

/** One of these words. */
export function oneOf<T extends string>(...words: readonly T[]): Reader<T> {
  return (value, at) => {
    const word = words.find((each) => each === value);
    if (word !== undefined) return word;
    throw unfit(value, at, words.map((each) => JSON.stringify(each)).join(' or '));
  };
}

export function numberAbove(least: number): Reader<number> {
  return (value, at) => {
    if (typeof value === 'number' && Number.isFinite(value) && value > least) return value;
    throw unfit(value, at, `a number above ${least}`);
  };
}

export function wholeNumber(least: number, most: number): Reader<number> {
  return (value, at) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    throw unfit(value, at, `a whole number from ${least} to ${most}`);
  };
}

export function list<T>(reader: Reader<T>, most: number): Reader<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value) || value.length > most) throw unfit(value, at, `a list of at most ${most}`);
    return value.map((each, i) => reader(each, `${at}[${i}]`));
  };
}

/** Own keys only: `toString` is no setting. */
function isKeyOf<T extends object>(object: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(object, key);
}

function unfit(found: unknown, at: string, allowed: string): Unacceptable {
  return new Unacceptable(`${at === '' ? 'its content' : at} is ${shown(found)}, but must be ${allowed}`);
}

/** A value for a sentence. Never the inside of a list or an object, which may be as large and as deep as the file. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return escapeForDisplay(JSON.stringify(value), 120);
}

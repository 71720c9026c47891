/** The values that a declaration names, read from a file's content. Whatever the file holds, at worst a value is absent. */
import { timedMatch } from '../../os/timedMatch.ts';
import { clampTime } from '../times.ts';
import type { Malformed } from '../readLockFile.ts';
import type { Declaration, Field } from './declaration.ts';

export interface Fields {
  readonly kind: 'fields';
  text(field: Field | undefined): string | undefined;
  /** Epoch ms. */
  time(field: Field | undefined): number | undefined;
  /** A positive whole number. */
  count(field: Field | undefined): number | undefined;
  flag(field: Field | undefined): boolean | undefined;
  /** Whether there is anything but null. */
  has(field: Field | undefined): boolean;
}

/** Below this, a number of seconds; above, of milliseconds: the year 5138, or March 1973. */
const firstMilliseconds = 1e11;

export function decodeFields(declaration: Declaration): (bytes: Buffer) => Fields | Malformed {
  return (bytes) => {
    const text = bytes.toString('utf8');
    if (declaration.pattern !== undefined) {
      const groups = timedMatch(declaration.pattern, text.slice(0, 4_096));
      return groups
        ? fieldsOf((name) => groups[name])
        : { kind: 'malformed', problem: 'the pattern of its declaration does not match' };
    }
    try {
      const value: unknown = JSON.parse(text);
      return fieldsOf((pointer) => valueAt(value, pointer));
    } catch {
      return { kind: 'malformed', problem: 'it is not JSON' };
    }
  };
}

/** A directory, or whatever else has nothing to say. */
export const noFields: Fields = fieldsOf(() => undefined);

function fieldsOf(valueOf: (field: Field) => unknown): Fields {
  const look = (field: Field | undefined): unknown => (field === undefined ? undefined : valueOf(field));
  return {
    kind: 'fields',
    text(field) {
      const value = look(field);
      return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;
    },
    time: (field) => timeOf(look(field)),
    count(field) {
      const value = look(field);
      const number = typeof value === 'string' && /^\s*\d{1,10}\s*$/.test(value) ? Number(value) : value;
      return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : undefined;
    },
    flag(field) {
      const value = look(field);
      return typeof value === 'boolean' ? value : undefined;
    },
    has: (field) => (look(field) ?? undefined) !== undefined,
  };
}

function timeOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\s*\d+(?:\.\d+)?\s*$/.test(value) ? Number(value) : value;
  if (typeof number === 'number') return clampTime(number < firstMilliseconds ? number * 1_000 : number);
  const parsed = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** By RFC 6901; own members only. */
function valueAt(value: unknown, pointer: string): unknown {
  let current = value;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<string, unknown>)[key];
  }
  return current;
}

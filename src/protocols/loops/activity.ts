/** What a loop is doing: little-loops writes it beside its lock, by temp and rename (PROTOCOLS 1.1). For people only. */
import * as path from 'node:path';
import type { Activity } from '../../core/lock.ts';
import type { Steps } from '../../os/os.ts';
import { readLockFile, type Malformed } from '../readLockFile.ts';
import { stemOf, type StoreLayout } from './layout.ts';
import type { Found } from './scan.ts';

type Decoded = Activity & { readonly kind: 'activity' };

const format = { maxBytes: 256 * 1024, decode };

export function* activityOf(found: Found, { running }: StoreLayout): Steps<Activity | undefined> {
  const read = yield* readLockFile(path.join(running, `${stemOf(found.name)}.state.json`), format);
  if (read?.content.kind !== 'activity') return undefined;
  const { status, state } = read.content;
  return { status, ...(state === undefined ? {} : { state }) };
}

function decode(bytes: Buffer): Decoded | Malformed {
  const malformed: Malformed = { kind: 'malformed', problem: 'it does not say what the loop does' };
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return malformed;
  }
  if (typeof value !== 'object' || value === null) return malformed;
  const { status, current_state: state } = value as Record<string, unknown>;
  if (typeof status !== 'string') return malformed;
  return { kind: 'activity', status, ...(typeof state === 'string' ? { state } : {}) };
}

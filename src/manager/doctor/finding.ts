import { escapeForDisplay } from '../../core/display.ts';
import { LockError, messageOf, systemErrorCode } from '../../core/errors.ts';
import type { LockManager } from '../lockManager.ts';

export interface Finding {
  readonly level: 'ok' | 'note' | 'problem';
  /** A word or two; findings of one topic stand together. */
  readonly topic: string;
  readonly text: string;
  /** What to do, for a problem. */
  readonly hint?: string;
}

export type Topic = readonly [
  name: string,
  look: (manager: LockManager) => readonly Finding[] | Promise<readonly Finding[]>,
];

const maxNameChars = 400;

/** A path whose last parts somebody else may have named. */
export function shownPath(path: string): string {
  return escapeForDisplay(path, maxNameChars);
}

/** A part that cannot be looked at is itself a finding, and hides none of the others. */
export async function look(
  topic: string,
  findings: () => readonly Finding[] | Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await findings();
  } catch (error) {
    if (error instanceof LockError) return [{ level: 'problem', topic, text: error.message, hint: error.hint }];
    if (systemErrorCode(error) === undefined) throw error;
    return [{ level: 'problem', topic, text: messageOf(error), hint: 'Check permissions.' }];
  }
}

import { createInterface } from 'node:readline/promises';
import { LockError } from '../core/errors.ts';
import type { Context } from './context.ts';

export interface Question {
  /** Refuses where nobody can be asked: "… needs a confirmation." */
  readonly needs: string;
  /** What somebody should know before he answers; whole lines. */
  readonly shows: string;
  /** "Type yes to …: " */
  readonly asks: string;
}

/** Whether the person at the terminal says yes. @throws LockError `usage` where there is none */
export async function confirm({ needs, shows, asks }: Question, { streams, json }: Context): Promise<boolean> {
  if (json || !process.stdin.isTTY) throw new LockError('usage', needs, 'Add --yes if you are sure.');
  streams.err(shows);
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await reader.question(asks)).trim().toLowerCase() === 'yes';
  } finally {
    reader.close();
  }
}

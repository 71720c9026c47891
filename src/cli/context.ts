/** What every command gets: the manager on the chosen root, and where to print. */
import type { LockManager } from '../manager/lockManager.ts';
import { openLocks } from '../manager/lockManager.ts';
import type { Paint } from './colours.ts';

/** Exit codes (DESIGN 8); `run` passes its child's own on, and says 126 and 127 as a shell does where its command is no program, or not there. */
export const exitCode = {
  done: 0,
  failure: 1,
  usage: 2,
  conflict: 3,
  timedOut: 4,
  lost: 5,
  notExecutable: 126,
  notFound: 127,
} as const;
export type ExitCode = number;

export interface GlobalOptions {
  readonly json: boolean;
  readonly root?: string;
}

export interface Streams {
  /** Data. */
  readonly out: (text: string) => void;
  /** Talk. */
  readonly err: (text: string) => void;
  readonly isTerminal: boolean;
  /** For `out` and `err`: one may be a terminal and the other a file. */
  readonly paintOut: Paint;
  readonly paintErr: Paint;
}

export interface Context {
  readonly manager: LockManager;
  readonly json: boolean;
  readonly streams: Streams;
  readonly cwd: string;
}

/** Opens the manager for one command and closes it afterwards. */
export async function withContext(
  options: GlobalOptions,
  streams: Streams,
  command: (context: Context) => Promise<ExitCode>,
): Promise<ExitCode> {
  const cwd = process.cwd();
  const manager = await openLocks({ cwd, ...(options.root === undefined ? {} : { root: options.root }) });
  try {
    return await command({ manager, json: options.json, streams, cwd });
  } finally {
    // What cannot be released is freed by our end; the command has reported what matters.
    await manager.close().catch(() => undefined);
  }
}

export function printJson(streams: Pick<Streams, 'out'>, value: object): void {
  streams.out(`${JSON.stringify({ version: 1, ...value }).replace(unsafe, jsonEscapes)}\n`);
}

/** JSON leaves these as they are, and they would reorder or hide text for whoever looks at the document. */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** The same value, one escape a UTF-16 unit. */
function jsonEscapes(char: string): string {
  return Array.from({ length: char.length }, (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`).join(
    '',
  );
}

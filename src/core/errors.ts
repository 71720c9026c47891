/** Stable codes of failures; `wlock --json` prints them, docs/troubleshooting.md explains them. */
export const errorCodes = [
  'usage',
  'root-not-found',
  'bad-configuration',
  'outside-root',
  'unsupported-file-system',
  'flock-unavailable',
  'gate-busy',
  'gate-not-accessible',
  'store-not-readable',
  'store-not-writable',
  'not-found',
  'ambiguous',
  'not-yours',
  'not-supported',
  'keeper-failed',
  'no-answer',
  'command-not-found',
  'command-not-executable',
  'etcd-ended',
  'confine-unsupported',
  'confine-refused',
  'confine-failed',
  'conflict',
  'etcd-unreachable',
  'etcd-refused',
  'lost',
  'cancelled',
  'internal',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** What a caller cannot handle in line: what happened in `message`, what to do now in `hint`. */
export class LockError extends Error {
  /** Ours, and not what the minifier makes of it: Node.js prints it above the stack. */
  static override readonly name: string = 'LockError';
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LockError';
    this.code = code;
    this.hint = hint;
  }
}

/** The `code` of a Node.js system error, such as `ENOENT`; undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  if (error instanceof LockError) return undefined; // its codes are ours
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

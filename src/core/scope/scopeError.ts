/** Why a scope was refused. Stable: `wlock --json` prints it (DESIGN.md, section 8). */
export const scopeErrorCodes = [
  'empty',
  'nul',
  'unbalanced',
  'too-many-alternatives',
  'too-long',
  'too-deep',
  'negated',
  'dot-dot',
  'invalid-pattern',
  'not-canonical',
  'outside-root',
] as const;

export type ScopeErrorCode = (typeof scopeErrorCodes)[number];

/** A scope that cannot be used; `message` says what is wrong and `hint` what to do instead. Neither is escaped for screens. */
export class ScopeError extends Error {
  static override readonly name: string = 'ScopeError';
  override readonly name = 'ScopeError';
  readonly code: ScopeErrorCode;
  readonly hint: string;

  constructor(code: ScopeErrorCode, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

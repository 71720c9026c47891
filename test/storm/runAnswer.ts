/** What `wlock run --json` says where it has not run the command. */
export type RunAnswer =
  | { readonly kind: 'conflict'; readonly blockers: readonly string[] }
  | { readonly kind: 'error'; readonly code: string };

interface Printed {
  readonly conflict?: { readonly locks: readonly { readonly holder: { readonly name: string } }[] };
  readonly error?: { readonly code: string };
}

/** Undefined where it says nothing, or not in JSON. */
export function readRunAnswer(output: string): RunAnswer | undefined {
  let printed: Printed;
  try {
    printed = JSON.parse(output) as Printed;
  } catch {
    return undefined;
  }
  const { conflict, error } = printed;
  if (conflict) return { kind: 'conflict', blockers: conflict.locks.map(({ holder }) => holder.name) };
  return error && { kind: 'error', code: error.code };
}

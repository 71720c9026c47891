/** Our few lines in a git hook, beside whatever else stands in it. Pure. */

import type { HookName } from './hookNames.ts';

const begin = '# >>> wlock guard';
const end = '# <<< wlock guard';

/** What a hook that does not find `wlock` says; it lets pass, because it guards nothing then anyway. */
const missing = 'wlock guard: wlock is not on the PATH, so locks are not checked';

/** A push is told on stdin; whatever follows in the hook gets the same there. */
const guarding: Readonly<Record<HookName, readonly string[]>> = {
  'pre-commit': ['  wlock guard || exit 1'],
  // Git runs it in the place of the former where a merge makes the commit.
  'pre-merge-commit': ['  wlock guard || exit 1'],
  'pre-push': [
    '  wlock_refs=$(cat)',
    '  printf "%s\\n" "$wlock_refs" | wlock guard --push "$1" || exit 1',
    '  exec <<WLOCK_REFS',
    '$wlock_refs',
    'WLOCK_REFS',
  ],
};

function block(hook: HookName): string {
  return [
    `${begin} (wlock guard uninstall takes these lines away)`,
    'if command -v wlock >/dev/null 2>&1; then',
    ...guarding[hook],
    `else echo '${missing}' >&2; fi`,
    end,
    '',
  ].join('\n');
}

/** Undefined where the hook is no shell script, so that our lines would break it. */
export function withGuard(text: string | undefined, hook: HookName): string | undefined {
  if (text === undefined || text.trim() === '') return `#!/bin/sh\n${block(hook)}`;
  const rest = withoutGuard(text);
  const firstEnd = rest.indexOf('\n') + 1;
  if (!/^#!.*\b(sh|bash|dash|zsh|ksh)\b/.test(rest) || firstEnd === 0) return undefined;
  // First, so that no `exit` or `exec` of the others comes before it.
  return rest.slice(0, firstEnd) + block(hook) + rest.slice(firstEnd);
}

export function withoutGuard(text: string): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(`${end}\n`, from);
  return from < 0 || to < 0 ? text : text.slice(0, from) + text.slice(to + end.length + 1);
}

/** Nothing but our lines and the first one: the file was ours alone. */
export function isEmptyHook(text: string): boolean {
  return /^#!\S+\s*$/.test(text.trim());
}

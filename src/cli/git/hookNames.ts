export const hookNames = ['pre-commit', 'pre-merge-commit', 'pre-push'] as const;
export type HookName = (typeof hookNames)[number];

/** The name by which a shell's script asks this program. */
export const completeWordName = 'complete-word';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

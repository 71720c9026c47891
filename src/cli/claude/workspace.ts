import { openLocks, sessionVariable, type LockManager } from '../../manager/lockManager.ts';

/** What the journal and the list say took these locks. */
export const hookTool = 'wlock hook claude-code';

/** How others read whose locks these are. */
export function holderNameOf(session: string): string {
  return `claude-code ${session.slice(0, 8)}`;
}

/** Whose locks are the agent's own: those of the session in which it was started, else of its own one. */
export function lockSessionOf(session: string): string {
  const around = process.env[sessionVariable];
  return around === undefined || around === '' ? `claude-code:${session}` : around;
}

export interface Workspace {
  /** A folder in it. */
  readonly folder: string;
  /** What `--root` names. */
  readonly root?: string;
  readonly session: string;
}

/** Opens the locks of one workspace as the agent's session sees them, and closes them afterwards. */
export async function withLocks<T>(
  { folder, root, session }: Workspace,
  look: (manager: LockManager) => Promise<T>,
): Promise<T> {
  const manager = await openLocks({
    cwd: folder,
    session: lockSessionOf(session),
    ...(root === undefined ? {} : { root }),
  });
  try {
    await manager.refresh();
    return await look(manager);
  } finally {
    await manager.close().catch(() => undefined); // our end frees what it could not; the answer is what matters
  }
}

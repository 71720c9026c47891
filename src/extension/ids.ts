/** Every name that the editor and `package.json` share; a unit test holds the two together. */

export const commandIds = {
  acquire: 'workspaceLocks.acquire',
  acquireWithSight: 'workspaceLocks.acquireWithSight',
  renew: 'workspaceLocks.renew',
  release: 'workspaceLocks.release',
  reap: 'workspaceLocks.reap',
  forceRelease: 'workspaceLocks.forceRelease',
  revealLockFile: 'workspaceLocks.revealLockFile',
  copyLockCard: 'workspaceLocks.copyLockCard',
  refresh: 'workspaceLocks.refresh',
  showLocks: 'workspaceLocks.showLocks',
  diagnose: 'workspaceLocks.diagnose',
  signInToEtcd: 'workspaceLocks.signInToEtcd',
  openScope: 'workspaceLocks.openScope',
  groupLocks: 'workspaceLocks.groupLocks',
  sortLocks: 'workspaceLocks.sortLocks',
  filterLocks: 'workspaceLocks.filterLocks',
  showAllLocks: 'workspaceLocks.showAllLocks',
  showConflicts: 'workspaceLocks.showConflicts',
  openConfiguration: 'workspaceLocks.openConfiguration',
  showActivity: 'workspaceLocks.showActivity',
} as const;

export const viewIds = { container: 'workspaceLocks', liveLocks: 'workspaceLocks.liveLocks' } as const;

/** Of the panel, which VS Code brings back after a reload. */
export const activityPanelType = 'workspaceLocks.activity';

export const contextKeys = {
  /** Which welcome text the empty tree shows: a `TreeState`. */
  state: 'workspaceLocks.state',
  /** Whether the tree leaves some tools' locks out. */
  isFiltered: 'workspaceLocks.isFiltered',
  /** File paths of this window's own locks and those shown below them, for `resourcePath in …` in menus. */
  minePaths: 'workspaceLocks.minePaths',
  /** Whether this window holds a lock: the second step of the walkthrough. */
  holdsLock: 'workspaceLocks.holdsLock',
  /** File paths that others have locked, and those shown below them. */
  lockedPaths: 'workspaceLocks.lockedPaths',
} as const;

/** Why the tree is empty, if it is. */
export type TreeState = 'loading' | 'unreadable' | 'no-folder' | 'no-store' | 'no-locks' | 'locks' | 'unsupported';

export const settingIds = {
  section: 'workspaceLocks',
  holderName: 'holderName',
  gutter: 'gutter',
  explorerColors: 'explorer.colors',
  onEdit: 'onEdit',
  onSave: 'onSave',
  terminalShim: 'terminal.shim',
} as const;

/** What agents call: the tools by their names over MCP, which has no prefix. */
export const agentIds = {
  toolPrefix: 'wlock_',
  tools: ['list_locks', 'check_paths', 'acquire_lock', 'wait_for_lock', 'renew_lock', 'release_lock'],
  mcpProvider: 'workspaceLocks.mcp',
} as const;

export type OnEditSetting = 'warn' | 'readonly' | 'off';
export type OnSaveSetting = 'warn' | 'off';
export type GutterSetting = 'off' | 'firstLine' | 'all';

export const colorIds = {
  locked: 'workspaceLocks.lockedForeground',
  mine: 'workspaceLocks.mineForeground',
  stale: 'workspaceLocks.staleForeground',
  conflict: 'workspaceLocks.conflictForeground',
} as const;

/** `viewItem` values of the tree, for the menus of its rows. */
export const treeContexts = {
  mine: 'lock.mine',
  live: 'lock.live',
  stale: 'lock.stale',
  unknown: 'lock.unknown',
  malformed: 'lock.malformed',
  /** Nothing may be done to it from here. */
  shown: 'lock.shown',
  /** Followed by what may be done to at least one of its locks: `group.mine.forceable`. */
  group: 'group',
  /** A pattern, whose files can be listed. */
  glob: 'entry.glob',
  /** The row that tells how many locks the filter hides. */
  hidden: 'hidden',
} as const;

/** What commands do when they are called: loaded together, when the first of them is. */
export { acquire, acquireScope } from './acquire.ts';
export { acquireWithSight } from './acquireWithSight.ts';
export { forceRelease } from './forceRelease.ts';
export { copyLockCard, revealLockFile } from './lockRecord.ts';
export { openConfiguration } from './openConfiguration.ts';
export { openScope } from './openScope.ts';
export { reap } from './reap.ts';
export { release } from './release.ts';
export { renew } from './renew.ts';
export { filterLocks, groupLocks, showAllLocks, sortLocks } from './shapeTree.ts';
export { showConflicts } from './showConflicts.ts';
export { showLocks } from './showLock.ts';
export { signInToEtcd } from './signInToEtcd.ts';

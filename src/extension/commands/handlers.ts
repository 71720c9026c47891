/** What commands do that change something: loaded together, when the first of them is called. */
export { acquire } from './acquire.ts';
export { acquireWithSight } from './acquireWithSight.ts';
export { forceRelease } from './forceRelease.ts';
export { reap } from './reap.ts';
export { release } from './release.ts';
export { renew } from './renew.ts';
export { filterLocks, groupLocks } from './shapeTree.ts';

/** All that changes the store: one part of the program, which a process that only looks never loads. */
export { acquire } from './acquire.ts';
export { noteLoss } from './loss.ts';
export { forceRelease, reap, releaseOwn } from './remove.ts';
export { republish } from './renew.ts';
export { takeRequest, withdrawRequest, writeRequest } from './requests.ts';

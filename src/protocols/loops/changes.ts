/** All that changes the store, or tells how it was changed: one part of the program, which who only looks never loads. */
export { acquire } from './acquire.ts';
export { nowhere } from './elsewhere.ts';
export { GateRecords } from './gateRecords.ts';
export { dropHold } from './hold.ts';
export { lastEventOf, readJournal } from './journal.ts';
export { endOf, lossOf, noteLoss } from './loss.ts';
export { Refusals } from './refusals.ts';
export { forceRelease, reap, releaseOwn } from './remove.ts';
export { republish } from './renew.ts';
export { takeRequest, withdrawRequest, writeRequest } from './requests.ts';
export { Turn } from './turn.ts';

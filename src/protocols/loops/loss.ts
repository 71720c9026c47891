import type { LockId } from '../../core/lock.ts';
import { sys, type Steps } from '../../os/os.ts';
import type { Held, LossCause } from '../protocol.ts';
import { lastEventOf } from './journal.ts';
import type { StoreLayout } from './layout.ts';

/** Why a held lock's record is gone, as far as the journal knows; undefined while the record is there. */
export function* lossOf(layout: StoreLayout, held: Held): Steps<LossCause | undefined> {
  // Names are never used twice, so a file under this name is this very record.
  if (yield* sys('lstat', held.file)) return undefined;
  return yield* endOf(layout, held.id);
}

/** Why a lock that has no record is gone, as far as the journal knows. */
export function* endOf(layout: StoreLayout, id: LockId): Steps<LossCause> {
  const line = yield* lastEventOf(layout, id);
  switch (line?.event) {
    case 'released':
    case 'forced':
    case 'reaped':
    case 'transferred':
      return { kind: 'removed', event: line.event, by: line.by, at: line.at };
    case 'acquired':
    case 'renewed':
    case undefined:
      return { kind: 'unexplained' }; // deleted by hand or by a tool that keeps no journal
  }
}

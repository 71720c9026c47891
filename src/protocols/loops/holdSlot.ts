import { systemErrorCode } from '../../core/errors.ts';
import type { Steps } from '../../os/os.ts';
import { makeStore } from './gate.ts';
import { isInPlace, takeHold, type Hold } from './hold.ts';
import type { GateRecords } from './gateRecords.ts';
import type { StoreLayout } from './layout.ts';
import { notWritable } from './storeNotWritable.ts';

/** What one process has of one store. */
export interface HoldSlot {
  /** Taken on first use, and anew where somebody deleted its file. */
  hold: Hold | undefined;
  readonly known: GateRecords;
  /** Leftovers of dead processes are looked for once in a process's life. */
  swept: boolean;
}

const mostHoldAttempts = 10;

/** @param look whoever names the hold in a record looks inside the gate whether it is in place; `again` where it was not */
export function* currentHold(layout: StoreLayout, slot: HoldSlot, look: 'later' | 'again'): Steps<Hold> {
  if (slot.hold && (look === 'later' || (yield* isInPlace(layout, slot.hold)))) return slot.hold;
  // The old descriptor, if any, stays open: records that were published with it still name its file.
  for (let attempt = 1; ; attempt++) {
    yield* makeStore(layout);
    try {
      slot.hold = yield* takeHold(layout);
      return slot.hold;
    } catch (error) {
      // Somebody deletes the directory while we fill it; again, unless he never stops.
      const again = systemErrorCode(error) === 'ENOENT' && attempt < mostHoldAttempts;
      if (!again) throw systemErrorCode(error) === undefined ? error : notWritable(layout.alive, error);
    }
  }
}

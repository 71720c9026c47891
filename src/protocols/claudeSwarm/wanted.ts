/**
 * Two locks of ours that have no file in common may be one word there: `src/*.py` and `src/*.ts` are both `src/*`. The record
 * is the first one's, and goes with it; so the other takes the word as soon as it sees that, and looks who came in between.
 */
import * as path from 'node:path';
import { systemErrorCode } from '../../core/errors.ts';
import { blocks } from '../../core/lock.ts';
import { sys, type Steps } from '../../os/os.ts';
import { isStillThere } from '../ownFile.ts';
import { readLockFile } from '../readLockFile.ts';
import { removeSurely } from '../temporaryFiles.ts';
import { observe } from './list.ts';
import { lockName } from './name.ts';
import type { Place } from './place.ts';
import { swarmFormat } from './record.ts';
import { blockersIn, isLeftUnwritten, publish, settleMs, type Taken, type WantedWord } from './take.ts';

/** Whether somebody has deleted or replaced a record, or has been let in where there was none. Takes what has become free. */
export function* isLost(taken: Taken): Steps<boolean> {
  for (const own of taken.files) if (!(yield* isStillThere(own))) taken.isLost = true;
  if (!taken.isLost && taken.wanted.length > 0 && (yield* claimWanted(taken))) taken.isLost = true;
  return taken.isLost;
}

function* claimWanted(taken: Taken): Steps<boolean> {
  const claimed = new Set<Place>();
  for (const wanted of taken.wanted) {
    const outcome = yield* claim(wanted, taken);
    if (outcome === 'lost') return true;
    if (outcome === 'not yet') continue;
    taken.wanted = taken.wanted.filter((each) => each !== wanted);
    claimed.add(wanted.place);
  }
  if (claimed.size === 0) return false;
  // A release may come while we sleep, and close our files: from here on only others are looked at.
  yield* sys('sleep', settleMs);
  for (const place of claimed) if ((yield* blockersIn(place, taken.taker)).length > 0) return true;
  return false;
}

/** What cannot be read or written now is tried again at the next look. */
function* claim(wanted: WantedWord, taken: Taken): Steps<'claimed' | 'not yet' | 'lost'> {
  try {
    return yield* tryToClaim(wanted, taken);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return 'not yet';
  }
}

function* tryToClaim({ place, word }: WantedWord, taken: Taken): Steps<'claimed' | 'not yet' | 'lost'> {
  const file = path.join(place.directory, lockName(word));
  const read = yield* readLockFile(file, swarmFormat);
  if (read) {
    const found = { file, ...read };
    const lock = yield* observe(found, place, taken.taker);
    if (lock.standsFor === undefined && blocks(lock)) return 'lost';
    // Another one of ours: it keeps agents out of this scope too, until its time is over. Or just being written.
    const isFree = lock.verdict === 'stale' || (yield* isLeftUnwritten(found));
    if (!isFree || !(yield* removeSurely(found))) return 'not yet';
  }
  return (yield* publish(place, word, taken)) ? 'claimed' : 'not yet';
}

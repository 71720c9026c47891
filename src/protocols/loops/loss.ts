import type { JournalLine } from '../../core/journal.ts';
import type { LockId } from '../../core/lock.ts';
import { sys, type Steps } from '../../os/os.ts';
import type { Held, LossCause } from '../protocol.ts';
import { heldMs, lastEventOf, writeJournal } from './journal.ts';
import type { StoreLayout } from './layout.ts';
import type { Observer } from './observe.ts';

/** Why a held lock's record is gone, as far as the journal knows; undefined while the record is there. */
export function* lossOf(layout: StoreLayout, held: Held): Steps<LossCause | undefined> {
  // Names are never used twice, so a file under this name is this very record.
  if (yield* sys('lstat', held.file)) return undefined;
  // Whoever has taken it over may have renewed it since, which explains nothing; nor does what made this very record.
  const line = yield* lastEventOf(
    layout,
    held.id,
    ({ event, revision = 0 }) => event !== 'renewed' || revision <= held.revision,
  );
  const isOwn = line?.revision !== undefined && line.revision <= held.revision;
  return isOwn ? { kind: 'unexplained' } : causeOf(line);
}

/** Why a lock that has no record is gone, as far as the journal knows. */
export function* endOf(layout: StoreLayout, id: LockId): Steps<LossCause> {
  return causeOf(yield* lastEventOf(layout, id));
}

function causeOf(line: JournalLine | undefined): LossCause {
  switch (line?.event) {
    case 'released':
    case 'forced':
    case 'reaped':
    case 'transferred':
      return { kind: 'removed', event: line.event, by: line.by, at: line.at };
    case 'acquired':
    case 'waited':
    case 'conflicted':
    case 'renewed':
    case 'lost':
    case undefined:
      return { kind: 'unexplained' }; // deleted by hand or by a tool that keeps no journal
  }
}

/** The holder knows now. That somebody of its own session gave the lock back, or took it over, is no loss. */
export function* noteLoss(held: Held, cause: LossCause, { layout, identity }: Observer): Steps<void> {
  if (cause.kind === 'removed' && (cause.event === 'released' || cause.event === 'transferred')) return;
  yield* writeJournal(layout, {
    event: 'lost',
    id: held.id,
    holder: held.holderName,
    by: `its holder, pid ${identity.pid}`,
    cause: cause.kind === 'removed' ? cause.event : cause.kind,
    ...heldMs(held, yield* sys('now')),
  });
}

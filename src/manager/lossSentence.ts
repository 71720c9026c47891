import { escapeForDisplay } from '../core/display.ts';
import type { LossCause } from '../protocols/protocol.ts';

/** Who removed a lock and how, in words that finish the sentence "The lock was lost: …". */
export function lossSentence(cause: LossCause): string {
  switch (cause.kind) {
    case 'unexplained':
      return 'its file was deleted from outside';
    case 'keeper-died':
      return `the keeper process ${cause.pid} that held it has died`;
    case 'expired':
      return 'its time was over';
    case 'lost-elsewhere':
      return `what stood for it at ${cause.protocol} was taken or deleted there`;
    case 'lease-over':
      return 'its cluster was not reached for so long that it may have given the lock to others';
    case 'removed':
      return removalSentence(cause);
  }
}

function removalSentence(cause: Extract<LossCause, { kind: 'removed' }>): string {
  const by = escapeForDisplay(cause.by, 120);
  switch (cause.event) {
    case 'forced':
      return `force-released by ${by}`;
    case 'released':
      return `released by ${by}`;
    case 'reaped':
      return `reaped by ${by}`;
    case 'transferred':
      return `taken over by ${by}`;
  }
}

import type { Lock } from '../../src/core/lock.ts';
import type { StandsFor } from '../../src/protocols/protocol.ts';

/** Answers whenever it is asked with what is in the list at that moment. */
export function livingAre(locks: readonly Lock[]): StandsFor['living'] {
  return function* () {
    return [...locks];
  };
}

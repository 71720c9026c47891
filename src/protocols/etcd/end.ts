import type { LossCause } from '../protocol.ts';
import { isObject, numberOf, textOf } from './wire.ts';

/** How a lock ended that was removed over its holder's head; kept for a while, so that he can be told. */
export interface End {
  readonly event: 'released' | 'forced';
  /** In words. */
  readonly by: string;
  /** Epoch ms. */
  readonly at: number;
}

/** Undefined for what we would not write. */
export function readEnd(text: string): LossCause | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const event = value['event'] === 'forced' ? 'forced' : value['event'] === 'released' ? 'released' : undefined;
  return event && { kind: 'removed', event, by: textOf(value, 'by').slice(0, 200), at: numberOf(value, 'at') };
}

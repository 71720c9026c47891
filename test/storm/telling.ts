/**
 * How soon a holder learns that somebody outside has deleted its record. Only the time counts in which it ran. Who left,
 * died or ended first would have been told later than that: its time is a lower bound, and is counted apart.
 */
import type { Removal } from './removals.ts';
import type { RunningTime } from './runningTime.ts';
import { looksForItsRecord, type Section } from './section.ts';

/** DESIGN 6.1, rule 4. */
const promisedMs = 1_000;

/**
 * What a busy machine may add. A holder that is renewing looks only when that is over, and it may wait for the gate behind
 * one that has stopped itself in it and stands still for 1.5 s until somebody writes in its place; a `wlock run` then has
 * to end its command, which writes the word. The rest is for two cores and many programs that start at once.
 */
const marginMs = 5_000;

/** Who stays so long inside must have been told of a removal. */
export const longestUntoldMs = promisedMs + marginMs;

export class Telling {
  /** Of those who were told, in ms. */
  readonly toldMs: number[] = [];
  /** Of those who were gone before they were told, in ms. */
  readonly untoldMs: number[] = [];
  /** Of those whom nobody tells. */
  neverTold = 0;
  readonly #running: RunningTime;
  readonly #violations: string[];

  constructor(running: RunningTime, violations: string[]) {
    this.#running = running;
    this.#violations = violations;
  }

  /** The section ends, or dies, at `at`. */
  end({ who, key }: Section, removal: Removal | undefined, how: 'told' | 'untold', at: number): void {
    if (!removal || removal.renewedSince) return;
    if (!looksForItsRecord(who)) {
      this.neverTold++;
      return;
    }
    const ms = this.#running.between(who, removal.at, at);
    (how === 'told' ? this.toldMs : this.untoldMs).push(ms);
    if (ms > longestUntoldMs) {
      this.#violations.push(`${who} ran for ${ms.toFixed(0)} ms without being told that ${key} was removed`);
    }
  }
}

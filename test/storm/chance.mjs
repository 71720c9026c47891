/** Choices that one printed number decides, so that they can be made again (mulberry32; not for secrets). */
export class Chance {
  #state;

  /** @param {number} seed a whole number */
  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** At least 0, less than 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, at least 0 and less than `limit`. @param {number} limit */
  below(limit) {
    return Math.floor(this.next() * limit);
  }

  /**
   * @param {number} low
   * @param {number} high
   */
  between(low, high) {
    return low + this.next() * (high - low);
  }

  /** @param {number} share of all times, from 0 to 1 */
  happens(share) {
    return this.next() < share;
  }

  /**
   * @template T
   * @param {readonly T[]} items
   * @returns {T | undefined} undefined where there is none
   */
  pick(items) {
    return items[this.below(items.length)];
  }

  /** A seed for somebody else. */
  seed() {
    return this.below(2 ** 31);
  }
}

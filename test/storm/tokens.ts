/**
 * Fencing tokens as the ledger shows them. None is given out twice in a store; and of two locks that exclude each other
 * the later has the greater. Both hold also where the counter is deleted with the whole directory: it goes on above the
 * clock in µs, and nobody sets clocks in that weather (DESIGN 6.1, Token).
 */
import type { Section } from './section.ts';

interface Highest {
  readonly token: number;
  readonly who: string;
}

export class Tokens {
  readonly #violations: string[];
  readonly #owners = new Map<number, string>();
  /** By what the scope covers. */
  readonly #writers = new Map<string, Highest>();
  readonly #readersAndWriters = new Map<string, Highest>();

  constructor(violations: string[]) {
    this.#violations = violations;
  }

  /** Different ones. */
  get seen(): number {
    return this.#owners.size;
  }

  /** Who was removed between its grant and its first word may have been overtaken. */
  enter(section: Section, order: 'in order' | 'perhaps overtaken'): void {
    const { token, who, key, mode, scope } = section;
    if (token === undefined) return;
    const owner = this.#owners.get(token);
    if (owner !== undefined) this.#violations.push(`${who} (${key}) has the token ${token} of ${owner}`);
    this.#owners.set(token, `${who} (${key})`);
    const before = mode === 'exclusive' ? this.#readersAndWriters : this.#writers;
    const greater = scope.covered
      .map((each) => before.get(each))
      .find((each) => each !== undefined && each.token > token);
    if (greater && order === 'in order') {
      this.#violations.push(
        `${who} (${key}) entered with the token ${token} after ${greater.who} with ${greater.token}`,
      );
    }
    for (const each of scope.covered) {
      raise(this.#readersAndWriters, each, { token, who });
      if (mode === 'exclusive') raise(this.#writers, each, { token, who });
    }
  }
}

function raise(highest: Map<string, Highest>, covered: string, candidate: Highest): void {
  if ((highest.get(covered)?.token ?? 0) < candidate.token) highest.set(covered, candidate);
}

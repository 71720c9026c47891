import type { Scope } from '../../core/scope/entry.ts';
import type { CaseRule } from '../../core/scope/foldCase.ts';
import { ScopeIndex } from '../../core/scope/scopeIndex.ts';
import type { RecordSink } from './knownRecords.ts';
import { scopeOf } from './observe.ts';
import type { Found } from './scan.ts';

/** Records that were read, to look at all of them or at those that may have to do with a scope. */
export interface Records {
  readonly all: readonly Found[];
  near(scope: Scope): readonly Found[];
}

/** So many are looked at one by one rather than sorted in; a lock that is given back soon costs no more than that. */
const mostUnsorted = 64;

/** Records by what they are about. */
export class FoundIndex implements Records, RecordSink {
  readonly #root: string;
  readonly #there = new Set<Found>();
  #all: readonly Found[] | undefined;
  #sorted: ScopeIndex<Found>;
  readonly #unsorted = new Set<Found>();
  /** In `#sorted` still. */
  readonly #gone = new Set<Found>();
  /** What cannot be read may be about anything. */
  readonly #anywhere = new Set<Found>();
  #isAsked = false;

  constructor(root: string, rule: CaseRule) {
    this.#root = root;
    this.#sorted = ScopeIndex.of([], rule);
  }

  get all(): readonly Found[] {
    this.#all ??= [...this.#there];
    return this.#all;
  }

  come(found: Found): void {
    this.#all = undefined;
    this.#there.add(found);
    if (found.content.kind === 'unreadable') this.#anywhere.add(found);
    else if (found.content.kind === 'record') this.#unsorted.add(found);
  }

  gone(found: Found): void {
    this.#all = undefined;
    this.#there.delete(found);
    if (found.content.kind === 'unreadable') this.#anywhere.delete(found);
    else if (found.content.kind === 'record' && !this.#unsorted.delete(found)) this.#gone.add(found);
  }

  near(scope: Scope): readonly Found[] {
    // Whoever asks once, as a command does, has looked at all of them before they would be sorted.
    if (this.#isAsked && this.#unsorted.size + this.#gone.size > mostUnsorted) this.#sort();
    this.#isAsked = true;
    const sorted = this.#sorted.overlapping(scope).filter((found) => !this.#gone.has(found));
    return [...sorted, ...this.#unsorted, ...this.#anywhere];
  }

  #sort(): void {
    this.#sorted = this.#sorted.with({ remove: this.#gone, add: this.#scoped() });
    this.#unsorted.clear();
    this.#gone.clear();
  }

  *#scoped(): Iterable<readonly [Scope, Found]> {
    for (const found of this.#unsorted) {
      if (found.content.kind === 'record') yield [scopeOf(found.content.record, this.#root), found];
    }
  }
}

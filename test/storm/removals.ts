/** Which records somebody outside has deleted, and when; as he announces it, because others may come in right after it. */

/** Milliseconds; and the offset of the line that announces it. */
export interface Removal {
  readonly at: number;
  readonly offset: number;
  /** A renewal that was under way may have published the next record after it: then nothing is lost, and nobody is told. */
  readonly renewedSince: boolean;
}

export class Removals {
  readonly #byKey = new Map<string, Removal>();
  /** The newest, and what was known of the lock before it; it may turn out that there was nothing to remove any more. */
  #newest: { readonly key: string; readonly before: Removal | undefined } | undefined;

  of(key: string): Removal | undefined {
    return this.#byKey.get(key);
  }

  announce(key: string, at: number, offset: number): void {
    const before = this.#byKey.get(key);
    this.#newest = { key, before };
    if (before && !before.renewedSince) return;
    // What was renewed after one removal is removed once more: it is told of this one.
    this.#byKey.set(key, { at, offset: before?.offset ?? offset, renewedSince: false });
  }

  /** There was nothing to remove any more: its holder had released or renewed it. */
  spare(key: string): void {
    if (this.#newest?.key !== key) return;
    if (this.#newest.before) this.#byKey.set(key, this.#newest.before);
    else this.#byKey.delete(key);
  }

  renew(key: string): void {
    const removal = this.#byKey.get(key);
    if (removal) this.#byKey.set(key, { ...removal, renewedSince: true });
  }
}

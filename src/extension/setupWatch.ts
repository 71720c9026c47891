import { DirectoryWatch } from '../os/watching.ts';
import type { Disposable } from './disposables.ts';

/** A file that is being rewritten is empty for a moment; and what writes one file often writes the next. */
const settleMs = 100;

/** Watching is a wake-up only, and can go silent without an error (EXTENSION 2): so often we look anyway. */
const safetyMs = 3_000;

/** Calls back when something in one of some directories may have changed; whoever is woken looks himself. */
export class SetupWatch implements Disposable {
  readonly #onChange: () => void;
  readonly #safety: NodeJS.Timeout;
  #watches = new Map<string, DirectoryWatch>();
  #settling: NodeJS.Timeout | undefined;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
    this.#safety = setInterval(() => {
      for (const watch of this.#watches.values()) watch.rearm();
      this.#onChange();
    }, safetyMs);
  }

  /** From now on these and no others; they need not exist. */
  follow(directories: readonly string[]): void {
    const before = this.#watches;
    this.#watches = new Map(
      directories.map((directory) => [
        directory,
        before.get(directory) ?? new DirectoryWatch(directory, () => this.#wake()),
      ]),
    );
    for (const [directory, watch] of before) if (!this.#watches.has(directory)) watch.dispose();
  }

  dispose(): void {
    clearInterval(this.#safety);
    clearTimeout(this.#settling);
    this.follow([]);
  }

  #wake(): void {
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      this.#onChange();
    }, settleMs);
  }
}

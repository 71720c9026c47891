/**
 * A resource that refuses late writers: one text in one file, together with the highest token that ever wrote it.
 * See docs/fencing.md.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { compareTokens } from 'workspace-locks';

/** The rule. Also throws for what is no token, or is another store's. */
const isOlder = (/** @type {string} */ token, /** @type {string} */ last) => compareTokens(token, last) < 0;

export class FencedStore {
  #file;
  #isRefused;

  /**
   * @param {string} file
   * @param {(token: string, last: string) => boolean} isRefused another rule, to see what happens without this one
   */
  constructor(file, isRefused = isOlder) {
    this.#file = file;
    this.#isRefused = isRefused;
  }

  /** @returns {{ token?: string, text: string }} */
  read() {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8'));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { text: '' };
      throw error; // a store that forgot its token would let everybody in
    }
  }

  /**
   * False where somebody with a newer token has written already. The same token may write as often as it likes.
   * @param {string} token
   * @param {string} text
   */
  write(token, text) {
    // From here to the rename is one transaction: only this process writes the file, and nothing here awaits.
    if (this.#isRefused(token, this.read().token ?? token)) return false;
    // Text and token in one file, replaced at once: a crash leaves both old or both new.
    const fresh = `${this.#file}.new`;
    writeFileSync(fresh, JSON.stringify({ token, text }));
    renameSync(fresh, this.#file);
    return true;
  }
}

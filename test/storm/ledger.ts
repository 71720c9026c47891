import * as fs from 'node:fs';
import type { Judge } from './judge.ts';

/** The storm's own side of the ledger: it writes what it does to others, and lets the judge read what they write. */
export class Ledger {
  readonly #fd: number;
  readonly #judge: Judge;
  #offset = 0;

  constructor(file: string, judge: Judge) {
    this.#fd = fs.openSync(file, 'a+');
    this.#judge = judge;
  }

  /** The newline before it keeps it apart from a line that a killed writer left half. */
  say(what: string, who: string, ...words: readonly (string | number)[]): void {
    fs.writeSync(this.#fd, `\n${[what, who, process.hrtime.bigint(), ...words].join(' ')}\n`);
  }

  /** Bytes in it: what was written before now. */
  position(): number {
    return fs.fstatSync(this.#fd).size;
  }

  /** Hands the judge whole lines that are new. */
  follow(): void {
    const fresh = Buffer.alloc(this.position() - this.#offset);
    const length = fs.readSync(this.#fd, fresh, 0, fresh.length, this.#offset);
    let start = 0;
    for (let end = fresh.indexOf(0x0a); end !== -1 && end < length; end = fresh.indexOf(0x0a, start)) {
      if (end > start) this.#judge.take(fresh.toString('utf8', start, end), this.#offset + start);
      start = end + 1;
    }
    this.#offset += start;
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

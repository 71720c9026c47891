/** What a worker in Node.js writes down and writes to; runSection.py and loopWorker.py do the same in Python. */
import { fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * @param {string} folder
 * @returns {import('../plan.ts').Plan}
 */
export function readPlan(folder) {
  return JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8'));
}

export class Ledger {
  #fd;
  #who;

  /**
   * @param {string} folder
   * @param {string} who
   */
  constructor(folder, who) {
    this.#fd = openSync(join(folder, 'ledger'), 'a');
    this.#who = who;
  }

  /**
   * One write; the newline before it keeps it apart from a line that a killed writer left half.
   * @param {string} what
   * @param {...(string | number)} words
   */
  say(what, ...words) {
    writeSync(this.#fd, `\n${[what, this.#who, process.hrtime.bigint(), ...words].join(' ')}\n`);
  }

  /** Bytes in the ledger: what was written before now. */
  position() {
    return fstatSync(this.#fd).size;
  }
}

/** The resources that refuse late writers. */
export class Fence {
  #connection;
  /** @type {((answer: string) => void)[]} */
  #waiting = [];

  /** @param {string} folder */
  constructor(folder) {
    this.#connection = createConnection(join(folder, 'fenced', 'socket'));
    const answers = createInterface({ input: this.#connection });
    for (const source of [this.#connection, answers]) source.on('error', () => undefined); // the storm has ended
    answers.on('line', (answer) => this.#waiting.shift()?.(answer));
    this.#connection.once('close', () => this.#waiting.splice(0).forEach((answer) => answer('closed')));
  }

  /**
   * @param {string} resource
   * @param {string} token
   * @param {string} who
   * @returns {Promise<string>} `written` or `refused`
   */
  write(resource, token, who) {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#connection.write(`${resource} ${token} ${who}\n`);
    });
  }

  close() {
    this.#connection.destroy();
  }
}

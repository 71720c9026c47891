/**
 * What an entrant does inside the lock, so that two of them can be told afterwards. It relies on no lock and no clock:
 *
 * - `inside` is a symbolic link whose target names the entrant (`pid:ticks:n`). Making a link is atomic, exclusive and
 *   complete at once, so whoever finds it is told who is inside, or who died inside.
 * - The ledger is appended to with O_APPEND, one write a line, so the kernel puts the lines into one true order.
 */
import {
  fstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** PF_EXITING of the kernel: such a thread never runs a line of its program again. */
const exiting = 0x4;

/** @param {number} pid */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], flags: Number(fields[6]), ticks: fields[19] };
  } catch {
    return undefined;
  }
}

/** @param {string} entrant `pid:ticks:n` */
function isDead(entrant) {
  const [pid, ticks] = entrant.split(':');
  const now = statOf(Number(pid));
  return !now || now.ticks !== ticks || now.state === 'Z' || now.state === 'X' || (now.flags & exiting) !== 0;
}

export class Section {
  #n = 0;

  /**
   * @param {string} folder
   * @param {string} kind
   */
  constructor(folder, kind) {
    this.folder = folder;
    this.kind = kind;
    this.marker = join(folder, 'inside');
    this.ledger = openSync(join(folder, 'ledger'), 'a');
    this.who = `${process.pid}:${statOf(process.pid)?.ticks}`;
    this.say('start');
  }

  /**
   * The newline before it keeps it apart from a line that a killed writer left half.
   * @param {string} what
   * @param {...(string | number)} words
   */
  say(what, ...words) {
    writeSync(this.ledger, `\n${[what, this.kind, this.who, ...words].join(' ')}\n`);
  }

  /** Bytes in the ledger: what was written before now. */
  position() {
    return fstatSync(this.ledger).size;
  }

  /** Enters; false where somebody alive is inside already. */
  enter() {
    const me = `${this.who}:${++this.#n}`;
    let took = '-';
    for (;;) {
      try {
        symlinkSync(me, this.marker);
        break;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
      const other = this.#readMarker(this.marker);
      if (other === undefined) {
        this.say('violation', me, 'somebody-left-while-I-came');
        continue;
      }
      if (!isDead(other)) {
        this.say('violation', me, `found-inside-${other}`);
        return false;
      }
      // Only who has the lock may clear up after the dead. Aside first: if two do it, one moves the other's marker.
      const aside = join(this.folder, `dead-${me}`);
      try {
        renameSync(this.marker, aside);
      } catch {
        this.say('violation', me, `somebody-else-cleared-${other}`);
        continue;
      }
      const moved = this.#readMarker(aside);
      unlinkSync(aside);
      if (moved !== other) this.say('violation', me, `moved-${moved}-instead-of-${other}`);
      took = other;
    }
    this.say('enter', me, took);
    return true;
  }

  leave() {
    const me = `${this.who}:${this.#n}`;
    const now = this.#readMarker(this.marker);
    if (now !== me) this.say('violation', me, `marker-is-${now}-when-leaving`);
    this.say('leave', me);
    if (now === me) unlinkSync(this.marker);
  }

  /** @param {string} path */
  #readMarker(path) {
    try {
      return readlinkSync(path);
    } catch {
      return undefined;
    }
  }
}

/** Keeps the processor busy, as work inside a lock does. @param {number} us */
export function work(us) {
  const until = performance.now() + us / 1_000;
  while (performance.now() < until);
}

/** How paths are compared: the caller probed whether the file system folds case (DESIGN.md, section 5). */
export interface CaseRule {
  /** True where `README` and `readme` are one file. Records and entries keep the on-disk case all the same. */
  readonly fold: boolean;
}

/** Paths that a folding file system takes for one file have equal results. For comparison only, never for display. */
export function foldText(text: string): string {
  // A folding file system (APFS, HFS+) also takes composed and decomposed letters for the same.
  return isAscii(text) ? text.toLowerCase() : Array.from(text.normalize('NFC'), foldLetter).join('');
}

export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** Keeps the length, so that `?` still stands for the same letter: `ß` must not become `ss`. */
function foldLetter(letter: string): string {
  // Up, then down: the Kelvin sign and the long s have no upper-case twin, only an ordinary lower-case one.
  for (const folded of [letter.toUpperCase().toLowerCase(), letter.toLowerCase()]) {
    if (folded.length === letter.length) return folded;
  }
  return letter;
}

let foldedUnits: ReadonlyMap<number, number> | undefined;

/** Every UTF-16 code unit from 0x80 on that folds to another one, and that other one. Made on first use. */
export function foldedHighUnits(): ReadonlyMap<number, number> {
  if (foldedUnits === undefined) {
    const units = new Map<number, number>();
    for (let unit = 0x80; unit < 0x10000; unit++) {
      const folded = foldLetter(String.fromCharCode(unit)).charCodeAt(0);
      if (folded !== unit) units.set(unit, folded);
    }
    foldedUnits = units;
  }
  return foldedUnits;
}

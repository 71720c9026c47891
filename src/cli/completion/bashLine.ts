/** A command line as bash splits it into words, and words as bash wants them typed. Nothing in it is ever evaluated. Pure. */

export interface Word {
  /** Without quotes and backslashes; `$(…)` and variables stay as they are. */
  readonly text: string;
  /** Where it begins in the line. */
  readonly start: number;
}

/** The quote that the line ends in. */
export type Quote = 'none' | 'single' | 'double';

export interface BashLine {
  /** The last one is the word at the line's end, empty after a blank. */
  readonly words: readonly [...Word[], Word];
  readonly quote: Quote;
}

export function readBashLine(line: string): BashLine {
  const words: Word[] = [];
  let word: { text: string; readonly start: number } | undefined;
  let quote: Quote = 'none';
  /** Blanks between parentheses end no word: `$(git rev-parse HEAD)`. */
  let parentheses = 0;
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at);
    if (quote === 'none' && parentheses === 0 && /\s/.test(char)) {
      if (word) words.push(word);
      word = undefined;
      continue;
    }
    word ??= { text: '', start: at };
    const next = line.charAt(at + 1);
    if (char === '\\' && quote !== 'single') {
      word.text += quote === 'double' && !/[$`"\\]/.test(next) ? char + next : next;
      at++;
    } else if (quote === 'none' && (char === "'" || char === '"')) quote = char === "'" ? 'single' : 'double';
    else if ((quote === 'single' && char === "'") || (quote === 'double' && char === '"')) quote = 'none';
    else {
      if (char === '(') parentheses++;
      else if (char === ')' && parentheses > 0) parentheses--;
      word.text += char;
    }
  }
  return { words: [...words, word ?? { text: '', start: line.length }], quote };
}

/** `text` as it has to be typed where such a quote is open, so that bash reads exactly it. */
export function quotedForBash(text: string, quote: Quote): string {
  switch (quote) {
    case 'none':
      return text.replace(/[^\w./@%+=:,\-\u0080-\uffff]/g, '\\$&');
    case 'single':
      return text.replaceAll("'", "'\\''");
    case 'double':
      // No backslash keeps bash from looking for `!…` in its history; single quotes do.
      return text.replace(/[$`"\\]/g, '\\$&').replaceAll('!', `"'!'"`);
  }
}

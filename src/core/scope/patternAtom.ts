/** The index after the escape, the character class or the single character that begins at `start`. */
export function skipAtom(text: string, start: number): number {
  const char = text.charAt(start);
  if (char === '\\') return Math.min(start + 2, text.length);
  return char === '[' ? (endOfClass(text, start) ?? start + 1) : start + 1;
}

/** The index after a class such as `[!]a-z[:digit:]\]]`, or undefined if it is never closed. */
function endOfClass(text: string, start: number): number | undefined {
  let i = start + 1;
  if (text.charAt(i) === '!' || text.charAt(i) === '^') i++;
  if (text.charAt(i) === ']') i++; // A first `]` stands for itself.
  while (i < text.length) {
    if (text.charAt(i) === ']') return i + 1;
    const posix = text.startsWith('[:', i) ? text.indexOf(':]', i + 2) : -1;
    if (posix !== -1) i = posix + 2;
    else i += text.charAt(i) === '\\' ? 2 : 1;
  }
  return undefined;
}

/** Text from files, other tools and processes, made safe for a screen (DESIGN.md 6.1, rule 7: nothing in a lock file can spoof us). */

/**
 * Control characters (C0, C1), format characters (bidirectional overrides, zero-width ones, tags), line and paragraph
 * separators, and lone surrogates: all that moves the cursor, reorders or hides text.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/**
 * `text` with every unsafe character written as an escape such as `\u{202e}`, cut with `…` so that at most `maxChars`
 * code points are shown. An escape is never cut in half. Takes time in proportion to what is shown, not to `text`.
 */
export function escapeForDisplay(text: string, maxChars: number): string {
  let shown = '';
  let length = 0;
  /** What still leaves room for the ellipsis. */
  let shortened = '';
  for (const char of text) {
    const unsafe = UNSAFE.test(char);
    const piece = unsafe ? escapeOne(char) : char;
    shown += piece;
    length += unsafe ? piece.length : 1;
    if (length > maxChars) return maxChars > 0 ? `${shortened}…` : '';
    if (length < maxChars) shortened = shown;
  }
  return shown;
}

function escapeOne(char: string): string {
  return SHORT_ESCAPES.get(char) ?? `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}

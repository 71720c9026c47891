import { escapeForDisplay } from './display.ts';

const maxChars = 300;

/**
 * A word of a command that somebody may copy from a sentence. A file name can be an id, and can say `; rm -rf ~`: in
 * quotes it is no more than a name. What is unsafe on a screen becomes an escape, and then names no lock.
 */
export function shellWord(text: string): string {
  const word = escapeForDisplay(text, maxChars);
  if (/^[\w./@%+=:,][\w./@%+=:,-]*$/.test(word)) return word;
  const quoted = `'${word.replaceAll("'", "'\\''")}'`;
  return word.startsWith('-') ? `-- ${quoted}` : quoted;
}

import { skipAtom } from './patternAtom.ts';

/**
 * Writes `[[:alpha:]]` as `[a-zA-Z]`. picomatch knows these names, but loses text around them: to it `a\.[[:alpha:]]`
 * matches `.x` and not `a.x`, and `[^[:alpha:]]` matches a slash. An unknown name stays.
 */
export function expandPosixClasses(pattern: string): string {
  if (!pattern.includes('[:')) return pattern;
  let text = '';
  for (let i = 0; i < pattern.length;) {
    const end = skipAtom(pattern, i);
    const atom = pattern.slice(i, end);
    text += atom.startsWith('[')
      ? atom.replace(/\[:([a-z]+):\]/g, (all, name: string) => MEMBERS.get(name) ?? all)
      : atom;
    i = end;
  }
  return text;
}

/** ASCII only, as in picomatch, and without the slash, which no name contains. None begins with `!`, which would negate. */
const MEMBERS: ReadonlyMap<string, string> = new Map([
  ['alnum', 'a-zA-Z0-9'],
  ['alpha', 'a-zA-Z'],
  ['ascii', '\x01-.0-\x7f'],
  ['blank', ' \t'],
  ['cntrl', '\x01-\x1f\x7f'],
  ['digit', '0-9'],
  ['graph', '0-~!-.'],
  ['lower', 'a-z'],
  ['print', ' -.0-~'],
  ['punct', ':-@\\[-`{-~!-.'],
  ['space', ' \t\r\n\v\f'],
  ['upper', 'A-Z'],
  ['word', 'A-Za-z0-9_'],
  ['xdigit', 'A-Fa-f0-9'],
]);

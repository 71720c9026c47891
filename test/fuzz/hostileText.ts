/** Texts that try to deceive: cursor, direction, markup, links, commands, paths that lead out, patterns that cost. */
import type { Random } from './random.ts';

const snippets = [
  '\u001b[2J\u001b]0;x\u0007',
  '\u001b]8;;https://evil.example\u001b\\',
  '\u009b31m',
  '\r\n',
  '\0',
  '\u202egnp.exe',
  '\u2066\u2069',
  '\u200f',
  '\u200b',
  '\u2028',
  '\ufeff',
  '\u{e0041}',
  '\ud800',
  '\udfff',
  '[x](command:workbench.action.closeWindow)',
  '<command:workbench.action.closeWindow>',
  '<https:evil.example>',
  '<img src=x onerror=alert(1)>',
  '![x](https://evil.example/x.png)',
  'https://evil.example',
  'www.evil.example',
  'a@evil.example',
  '&lt;&rlm;&ZeroWidthSpace;',
  '&#x202e;',
  '$(trash)',
  '`code`',
  '**bold**',
  '| a | b |',
  '</script>',
  '; rm -rf ~',
  '$(reboot)',
  "'",
  '"',
  '\\',
  '--help',
  '-rf',
  '../../etc/passwd',
  '/etc/passwd',
  '..',
  '.',
  '',
  ' ',
  'é',
  'e\u0301',
  'ß',
  'İ',
  '😀',
  '日本',
  'NaN',
  'null',
  'undefined',
  '__proto__',
  'constructor',
  'toString',
  '1e999',
  '-1',
] as const;

const patternParts = [
  '*',
  '**',
  '?',
  '/',
  'a',
  'b',
  '{a,b}',
  '{1..256}',
  '{1..99999999}',
  '{a..z}',
  '{a,',
  '}',
  '+(a|aa)',
  '*(a|b|ab)',
  '*(*(a))',
  '+(+(+(a)))',
  '!(a|b)',
  '@(',
  ')',
  '[a-z]',
  '[z-a]',
  '[[:alpha:]]',
  '[!',
  ']',
  '\\',
  '..',
  '.ts',
  '!',
  'İ',
  'ß',
] as const;

export function hostileText(random: Random): string {
  const text = Array.from({ length: 1 + random.few(12) }, () => random.pick(snippets)).join(random.pick(['', '', ' ']));
  return random.chance(0.01) ? text.repeat(1 + random.below(5_000)) : text;
}

export function hostilePattern(random: Random): string {
  const one = (): string => random.pick(patternParts);
  if (random.chance(0.1)) return one().repeat(1 + random.below(200));
  const text = Array.from({ length: 1 + random.below(12) }, one).join('');
  return random.chance(0.1) ? text.repeat(1 + random.below(40)) : text;
}

export function hostilePath(random: Random, root: string): string {
  const names = ['a', 'b', 'src', 'aaaaaaaaaaaaaaaaaaaaaaaa', hostileText(random).slice(0, 200)] as const;
  const parts = Array.from({ length: random.few(60) }, () => random.pick(names));
  const start = random.pick([root, root, `${root}/src`, '', '/', '..']);
  return [start, ...parts].join('/');
}

/** A path as files have it: absolute, canonical, up to some thousand characters. */
export function canonicalPath(random: Random, root: string): string {
  const name = random.pick(['a', 'ab', 'b', 'aaaa', 'é', 'a.ts']);
  const segment = random.chance(0.1) ? name.repeat(1 + random.below(60)) : name;
  return `${root}/${Array.from({ length: 1 + random.few(100) }, () => segment).join('/')}`;
}

/** Valid JSON, spoiled: by types, sizes, depth, keys and, at the end, bytes. */
import { hostilePath, hostilePattern, hostileText } from './hostileText.ts';
import type { Random } from './random.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const numbers = [0, -0, -1, 1, 0.5, 4711, 99_999_999, 2 ** 31, 2 ** 40, 2 ** 53, 1e308, -1e308, 5e-324] as const;
const times = [
  'never',
  '2026-11-21T12:38:39+00:00',
  '+275760-09-13',
  '-271821-04-20',
  '0',
  '1',
  '9999',
  '2026-02-31',
] as const;

/** `value` with some of its parts replaced, left out, doubled or put elsewhere. */
export function mutateJson(value: Json, random: Random, root: string): Json {
  let result = value;
  for (let i = random.few(8); i >= 0; i--) result = mutateSomewhere(result, random, root);
  return result;
}

function mutateSomewhere(value: Json, random: Random, root: string): Json {
  if (typeof value !== 'object' || value === null || random.chance(0.1)) return anyValue(random, root);
  if (isList(value)) {
    const at = random.below(value.length + 1);
    const item = value[at];
    if (random.chance(0.02)) return Array.from({ length: 1 + random.below(3_000) }, () => item ?? value[0] ?? null);
    return value.toSpliced(at, 1, item === undefined ? anyValue(random, root) : mutateSomewhere(item, random, root));
  }
  const keys = Object.keys(value);
  if (keys.length === 0 || random.chance(0.05)) return withKey(value, hostileText(random), anyValue(random, root));
  const key = random.pick(keys);
  if (random.chance(0.05)) return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
  return withKey(value, key, mutateSomewhere(value[key] ?? null, random, root));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** As a parser would: also `__proto__` is a key of its own. */
function withKey(value: { readonly [key: string]: Json }, key: string, member: Json): Json {
  return Object.fromEntries([...Object.entries(value), [key, member]]);
}

function anyValue(random: Random, root: string): Json {
  const make: readonly (() => Json)[] = [
    () => null,
    () => random.chance(0.5),
    () => random.pick(numbers),
    () => random.pick(times),
    () => hostileText(random),
    () => hostileText(random),
    () => hostilePath(random, root),
    () => hostilePattern(random),
    () => [],
    () => ({}),
    () => [hostilePath(random, root), random.pick(numbers)],
    () => scopeEntry(random, root),
    () => Array.from({ length: random.few(40) }, () => scopeEntry(random, root)),
  ];
  return random.pick(make)();
}

function scopeEntry(random: Random, root: string): Json {
  switch (random.below(4)) {
    case 0:
      return { kind: 'path', path: hostilePath(random, root) };
    case 1:
      return { kind: 'name', name: hostileText(random) };
    case 2:
      return { kind: hostileText(random), path: root };
    default:
      return { kind: 'glob', base: random.pick([root, hostilePath(random, root)]), pattern: hostilePattern(random) };
  }
}

/** As bytes: with doubled keys, number texts that are none, deep nesting, cut, flipped, or as it is. */
export function mutateBytes(text: string, random: Random): Buffer {
  switch (random.below(10)) {
    case 0:
      return Buffer.from(text.replace('{', `{"pid":"x","scope":[1],"pid":4711,`));
    case 1:
      return Buffer.from(
        text.replace(/:(\d+)/, () => `:${random.pick(['NaN', 'Infinity', '-0', '1e400', '0x10', '9'.repeat(400)])}`),
      );
    case 2:
      return Buffer.from(nestDeeply(text, random));
    case 3:
      return Buffer.from(text).subarray(0, random.below(Buffer.byteLength(text) + 1));
    case 4:
      return flipped(Buffer.from(text), random);
    case 5:
      return Buffer.from(
        random.pick(['\ufeff', '\0', ' ', '[', '//x\n', '']) + text + random.pick(['\0', '}', '\n\n', text]),
      );
    default:
      return Buffer.from(text);
  }
}

/** Valid JSON, as a parser that needs no stack reads it; a writer that needs one fails on it. */
function nestDeeply(text: string, random: Random): string {
  const depth = 1 + random.below(random.chance(0.2) ? 60_000 : 500);
  const deep = random.chance(0.5)
    ? '['.repeat(depth) + ']'.repeat(depth)
    : '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);
  return text.replace(/:("[^"]*"|\d+|\[\]|null)/, () => `:${deep}`);
}

function flipped(bytes: Buffer, random: Random): Buffer {
  if (bytes.length === 0) return bytes;
  for (let i = random.few(50); i >= 0; i--) bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}

/** Values of the JSON gateway: 64-bit numbers are texts, bytes are base64, and what is zero or empty is left out. */

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(object: Json, name: string): string {
  const value = object[name];
  return typeof value === 'string' ? value : '';
}

/** 0 where it is absent or no number that we could count with. */
export function numberOf(object: Json, name: string): number {
  const value = object[name];
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : 0;
}

export function listOf(object: Json, name: string): readonly Json[] {
  const value = object[name];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

export function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

/** The first key after one, both in base64. */
export function keyAfter(key: string): string {
  return Buffer.concat([Buffer.from(key, 'base64'), Buffer.alloc(1)]).toString('base64');
}

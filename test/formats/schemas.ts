/** The published schemas, as a program that reads our files and outputs would use them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';

type SchemaName = 'wlock' | 'record' | 'output';

interface Schema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly definitions?: Readonly<Record<string, unknown>>;
}

export function schema(name: SchemaName): Schema {
  return JSON.parse(readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), 'utf8')) as Schema;
}

const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false });
addFormats(ajv);
ajv.addKeyword('patternErrorMessage'); // VS Code's own: a sentence in place of the pattern
for (const name of ['wlock', 'record', 'output'] as const) ajv.addSchema(schema(name), name);

/** Whether the value is what the schema, or one definition of it, describes. */
export function fits(value: unknown, name: SchemaName, definition?: string): boolean {
  return ajv.validate(referenceTo(name, definition), value);
}

export function assertFits(value: unknown, name: SchemaName, definition?: string): void {
  const reference = referenceTo(name, definition);
  assert.ok(
    ajv.validate(reference, value),
    `${reference}: ${ajv.errorsText(ajv.errors)}\n${JSON.stringify(value, undefined, 2).slice(0, 4_000)}`,
  );
}

function referenceTo(name: SchemaName, definition: string | undefined): string {
  return definition === undefined ? name : `${name}#/definitions/${definition}`;
}

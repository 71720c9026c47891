/**
 * Start here: what `.wlock.json` at the root may say (DESIGN 9). The published form of the same rules is
 * `schemas/wlock.schema.json`, with which editors complete and check the file; a test holds the two together.
 */
import * as path from 'node:path';
import { canonicalPath } from '../../os/paths.ts';
import type { Declaration } from '../../protocols/declared/declaration.ts';
import type { Era } from '../../protocols/openclaw/openclaw.ts';
import { unusable } from './badConfiguration.ts';
import { declarations } from './declarations.ts';
import { readJsonFile } from './jsonFile.ts';
import { flag, members, oneOf, shown, text, Unacceptable } from './readers.ts';

export const configurationName = '.wlock.json';

/** A key that is absent is undefined. */
export interface Configuration {
  /** Where the schema lies, for editors; nobody here follows it. */
  readonly $schema?: string;
  /** Where the loops are kept, relative to the root; goes before little-loops' own configuration. */
  readonly loopsDir?: string;
  /** Other tools, of which each is looked at unless it is switched off here. */
  readonly protocols?: { readonly [id in ToolId]?: boolean };
  /** Which kind of session lock the openclaw here uses; without it they are only shown. */
  readonly openclaw?: { readonly era?: Era };
  /** Whether a lock is also taken in the files of every other tool at work here, so that they obey it; true if absent. */
  readonly oneLockForAll?: boolean;
  /** Lock files of any other tool, which are shown and obeyed. */
  readonly declared?: readonly Declaration[];
}

export type ToolId = 'claude-swarm' | 'openclaw' | 'agentwire';

/** Another key is a line here, one in `Configuration` and one in the schema; an object or list has its own reader. */
const readConfigurationValue = members<Configuration>({
  $schema: text('text'),
  protocols: members<NonNullable<Configuration['protocols']>>({
    'claude-swarm': flag,
    openclaw: flag,
    agentwire: flag,
  }),
  oneLockForAll: flag,
  declared: declarations,
  openclaw: members<NonNullable<Configuration['openclaw']>>({ era: oneOf('A', 'B', 'C') }),
  loopsDir: text('a path relative to the workspace root, without control characters', isRelativePath),
});

/**
 * What the file says; nothing of it where there is none.
 * @throws LockError `bad-configuration` for anything else than a regular file that says only what is known: a setting
 * that is silently ignored could mean a lock that excludes nobody
 */
export function readConfiguration(root: string): Configuration {
  const file = path.join(root, configurationName);
  const value = readJsonFile(file);
  if (value === undefined) return {};
  const configuration = parseConfiguration(value, file);
  if (configuration.loopsDir !== undefined) assertInside(file, root, configuration.loopsDir);
  return configuration;
}

/** The rules that need no disk, which are those of the schema. */
export function parseConfiguration(value: unknown, file: string): Configuration {
  try {
    return readConfigurationValue(value, '');
  } catch (error) {
    throw error instanceof Unacceptable ? unusable(file, error.message) : error;
  }
}

function isRelativePath(candidate: string): boolean {
  return candidate !== '' && !path.isAbsolute(candidate) && !/\p{Cc}/u.test(candidate);
}

/** The file is only as trusted as the repository that it came with, and so is a link on the way. */
function assertInside(file: string, root: string, loopsDir: string): void {
  if (isInside(root, path.resolve(root, loopsDir)) && isInside(root, canonicalPath(loopsDir, root))) return;
  throw unusable(file, `loopsDir is ${shown(loopsDir)}, which leads out of the workspace`);
}

/** Both absolute. */
export function isInside(root: string, place: string): boolean {
  const below = path.relative(root, place);
  return below !== '..' && !below.startsWith(`..${path.sep}`) && !path.isAbsolute(below);
}

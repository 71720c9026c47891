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
import { flag, list, members, oneOf, shown, text, Unacceptable, wholeNumber } from './readers.ts';

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
  /** A cluster in which every lock is taken too, so that it holds on many machines. */
  readonly etcd?: ClusterConfiguration;
}

export interface ClusterConfiguration {
  /** `https://host:port`, one of each member. */
  readonly endpoints?: readonly string[];
  /** Names the repository, the same in all its clones. */
  readonly namespace?: string;
  /** Seconds after which a holder that the cluster does not hear of has lost its locks; 15 if absent. */
  readonly ttlSeconds?: number;
  /** Who vouches for its servers: a PEM file, relative to the root; without it the system's authorities. */
  readonly ca?: string;
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
  etcd: members<ClusterConfiguration>({
    endpoints: list(text('a URL such as https://etcd-1:2379, without path, user and password', isEndpoint), 16),
    namespace: text('a name of letters, digits and ._/@-, such as acme/orchard', isNamespace),
    ttlSeconds: wholeNumber(5, 3_600),
    ca: text('a path relative to the workspace root, without control characters', isRelativePath),
  }),
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
  if (configuration.loopsDir !== undefined) assertInside(file, root, 'loopsDir', configuration.loopsDir);
  if (configuration.etcd?.ca !== undefined) assertInside(file, root, 'etcd.ca', configuration.etcd.ca);
  return configuration;
}

/** The rules that need no disk, which are those of the schema. */
export function parseConfiguration(value: unknown, file: string): Configuration {
  try {
    const configuration = readConfigurationValue(value, '');
    const { etcd } = configuration;
    if (etcd && (etcd.namespace === undefined || (etcd.endpoints ?? []).length === 0))
      throw new Unacceptable('etcd needs endpoints and a namespace');
    return configuration;
  } catch (error) {
    throw error instanceof Unacceptable ? unusable(file, error.message) : error;
  }
}

function isRelativePath(candidate: string): boolean {
  return candidate !== '' && !path.isAbsolute(candidate) && !/\p{Cc}/u.test(candidate);
}

/** Credentials do not belong into a file that is committed. */
function isEndpoint(candidate: string): boolean {
  return /^https?:\/\/([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$/.test(candidate);
}

function isNamespace(candidate: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._/@-]{0,199}$/.test(candidate);
}

/** The file is only as trusted as the repository that it came with, and so is a link on the way. */
function assertInside(file: string, root: string, key: string, place: string): void {
  if (isInside(root, path.resolve(root, place)) && isInside(root, canonicalPath(place, root))) return;
  throw unusable(file, `${key} is ${shown(place)}, which leads out of the workspace`);
}

/** Both absolute. */
export function isInside(root: string, place: string): boolean {
  const below = path.relative(root, place);
  return below !== '..' && !below.startsWith(`..${path.sep}`) && !path.isAbsolute(below);
}

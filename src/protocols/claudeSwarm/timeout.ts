/** After which time claude-swarm counts a record as over (PROTOCOLS 2.3), from its configuration, which is YAML or TOML. */
import * as path from 'node:path';
import { sys, type Steps } from '../../os/os.ts';
import { readLockFile } from '../readLockFile.ts';

export interface Timeout {
  /** Milliseconds after which any of its readers deletes a record; the longest that there is where nobody can tell. */
  readonly timeoutMs: number;
  /** The configuration file whose time-out we cannot tell. */
  readonly notUnderstood?: string;
}

const defaultMs = 300_000;
const shortestSeconds = 60;
const longestSeconds = 86_400;

const configurationNames = ['.claudeswarm.yaml', '.claudeswarm.toml'] as const;

/** The nearest file counts, and no other, whether it says anything of locks or not. */
export function* timeoutOf(root: string): Steps<Timeout> {
  for (let folder = root; ; folder = path.dirname(folder)) {
    for (const name of configurationNames) {
      const timeout = yield* timeoutIn(path.join(folder, name));
      if (timeout) return timeout;
    }
    if (folder === path.dirname(folder)) return { timeoutMs: defaultMs };
  }
}

/** Undefined: there is no such file. */
function* timeoutIn(file: string): Steps<Timeout | undefined> {
  const decode = (bytes: Buffer): { readonly kind: 'text'; readonly text: string } => ({
    kind: 'text',
    text: bytes.toString('utf8'),
  });
  const real = (yield* sys('realpath', file)) ?? file; // people keep such files elsewhere, behind a link
  const read = yield* readLockFile(real, { maxBytes: 64 * 1024, decode });
  if (!read) return undefined;
  const seconds = read.content.kind === 'text' ? secondsIn(read.content.text) : undefined;
  return seconds === undefined
    ? { timeoutMs: longestSeconds * 1_000, notUnderstood: file }
    : { timeoutMs: seconds * 1_000 };
}

/**
 * Key `locking.stale_timeout`, in any place where YAML or TOML lets it stand on one line. Judging an agent's lock by too short
 * a time would delete a living one; so what is written otherwise, twice or out of range is not guessed at.
 */
export function secondsIn(text: string): number | undefined {
  // Where a quote comes before it, a # may belong to a text; so what follows counts.
  const said = text.replaceAll(/^((?:[^"'\n]*[\s,{])?)#.*$/gm, '$1');
  const mentions = said.match(/stale_timeout/g)?.length ?? 0;
  if (mentions === 0) return defaultMs / 1_000;
  const values = [
    ...said.matchAll(
      /(?<![\w-])stale_timeout["']?[ \t]*[:=][ \t]*\+?([1-9][0-9_]{0,9})(?:\.0*)?(?=[ \t]*(?:[,}#\r\n]|$))/g,
    ),
  ];
  const [seconds, ...others] = new Set(values.map(([, digits = '']) => Number(digits.replaceAll('_', ''))));
  const isPlain = values.length === mentions && others.length === 0;
  return isPlain && seconds !== undefined && seconds >= shortestSeconds && seconds <= longestSeconds
    ? seconds
    : undefined;
}

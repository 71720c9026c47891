/** What a confined command may write: `wlock run --confine`. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { LockError, messageOf } from '../../core/errors.ts';
import type { Scope } from '../../core/scope/entry.ts';
import { surveyOf, type Survey } from './survey.ts';

export interface Confinement {
  /** Absolute, canonical: files, and directories with all below. */
  readonly writable: readonly string[];
  /** Below a writable directory, and not to be written all the same. */
  readonly sheltered: readonly string[];
}

export interface ConfinementRequest {
  /** What the command holds: its paths may be written. */
  readonly scope: Scope;
  /** What somebody allows besides (`--writable`), absolute and canonical. */
  readonly allowed: readonly string[];
  /** The running directory: whoever writes there can undo locks, the others' too. */
  readonly lockDirectory: string;
}

export interface WantedConfinement extends Omit<ConfinementRequest, 'allowed'> {
  /** As typed, from `cwd`. */
  readonly writable: readonly string[];
  readonly cwd: string;
}

/**
 * Follows the links in what somebody allows, once: who waits for the lock must not follow what the holder of now makes of
 * them.
 * @throws LockError `usage`, `confine-refused`
 */
export function readConfinement({ writable, cwd, ...request }: WantedConfinement): ConfinementRequest {
  const allowed = writable.map((text) => {
    if (text === '') throw new LockError('usage', '--writable is empty.', 'Name a file or a directory.');
    const file = path.resolve(cwd, text);
    return realPath(file) ?? missing(file);
  });
  return { ...request, allowed };
}

/**
 * What is there now decides: a path that comes later cannot be written.
 * @throws LockError `confine-refused` for a scope that names no file or directory that exists, and for a file in it whose
 * other name lies outside
 */
export function confinementOf({ scope, allowed, lockDirectory }: ConfinementRequest): Confinement {
  const paths = scope.flatMap((entry): readonly string[] => {
    switch (entry.kind) {
      case 'path':
        return [entry.path];
      case 'glob':
        if (entry.pattern === '**') return [entry.base];
        throw refused(
          `The pattern ${shown(`${entry.base}/${entry.pattern}`)} cannot be confined: which files it means changes while the command runs.`,
          `Lock a directory: --path ${shown(entry.base)}`,
        );
      case 'name':
        return []; // an opaque resource has no files
    }
  });
  if (paths.length === 0 && allowed.length === 0) {
    throw refused(
      'The scope has only names: the command could write nothing.',
      'Add --path with what it may write, or --writable.',
    );
  }
  const ours = paths.map(existing);
  const writable = [...new Set([...ours, ...allowed.map(existing)])];
  const { sheltered, shared } = surveyOfAll(ours, writable, lockDirectory);
  const [first] = shared;
  if (first !== undefined) {
    const others = shared.length > 1 ? `, and so do ${shared.length - 1} more files of the scope` : '';
    throw refused(
      `${shown(first)} has another name outside of the scope (a hard link)${others}: written here, it changes there.`,
      'Make it a file of its own (cp it, mv the copy over it), or allow it: --writable with this file or its folder.',
    );
  }
  return { writable, sheltered: [...new Set([...sheltered, lockDirectory])] };
}

function surveyOfAll(ours: readonly string[], writable: readonly string[], lockDirectory: string): Survey {
  try {
    return surveyOf(ours, new Set(writable), lockDirectory);
  } catch (error) {
    if (error instanceof LockError) throw error;
    throw refused(
      `Not all of the scope can be looked through for hard links (${messageOf(error)}).`,
      'Lock what you may read, or allow it unseen: --writable with that folder.',
      error,
    );
  }
}

/** A canonical path that is still what it was: somebody may have put a link in its place since. */
function existing(file: string): string {
  const real = realPath(file) ?? missing(file);
  if (real === file) return file;
  throw refused(
    `${shown(file)} leads to ${shown(real)} by a symbolic link that was not there before.`,
    'Look who made it, and remove it.',
  );
}

function realPath(file: string): string | undefined {
  try {
    return fs.realpathSync.native(file);
  } catch {
    return undefined; // not there, or not to be reached: to a command that shall write there it is the same
  }
}

function missing(file: string): never {
  throw refused(
    `${shown(file)} is not there: only what exists when the command starts can be made writable.`,
    `Make it first (mkdir -p ${shown(file)}), or lock the folder it will be in.`,
  );
}

const shown = (file: string): string => JSON.stringify(file);

function refused(message: string, hint: string, cause?: unknown): LockError {
  return new LockError('confine-refused', message, hint, { cause });
}

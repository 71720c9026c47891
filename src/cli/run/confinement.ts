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
  /** What somebody allows besides (`--writable`), absolute. */
  readonly allowed: readonly string[];
  /** The running directory: whoever writes there can undo locks, the others' too. */
  readonly lockDirectory: string;
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
    throw refused(
      `Not all of the scope can be looked through for hard links (${messageOf(error)}).`,
      'Lock what you may read, or allow it unseen: --writable with that folder.',
      error,
    );
  }
}

/** Canonical: a symbolic link is followed here, once; what it is changed to later does not matter. */
function existing(file: string): string {
  try {
    return fs.realpathSync.native(file);
  } catch (error) {
    throw refused(
      `${shown(file)} is not there: only what exists when the command starts can be made writable.`,
      `Make it first (mkdir ${shown(path.basename(file))}), or lock the folder it will be in.`,
      error,
    );
  }
}

const shown = (file: string): string => JSON.stringify(file);

function refused(message: string, hint: string, cause?: unknown): LockError {
  return new LockError('confine-refused', message, hint, { cause });
}

/** From what people type to canonical scope entries: the step between `readScope` and `entry` that needs the disk. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { globEntry, nameEntry, pathEntry, type Scope, type ScopeEntry } from '../core/scope/entry.ts';
import type { CaseRule } from '../core/scope/foldCase.ts';
import { assertInsideRoot } from '../core/scope/insideRoot.ts';
import { readScope, type ScopeRequest } from '../core/scope/readScope.ts';
import { ScopeError } from '../core/scope/scopeError.ts';
import { isComparable, MAX_SCOPE_ALTERNATIVES, MAX_SCOPE_CHARS } from '../core/scope/scopeSize.ts';
import { canonicalPath } from '../os/paths.ts';

/** A text as `--scope` takes it, a text as one of the other options takes it, or an entry that is canonical already. */
export type ScopePart = string | { readonly as: 'path' | 'glob' | 'name'; readonly text: string } | ScopeEntry;

export interface ScopeContext {
  /** What relative texts count from. */
  readonly cwd: string;
  /** Entries outside of it are refused. */
  readonly root: string;
  readonly caseRule: CaseRule;
}

export interface ReadScope {
  readonly scope: Scope;
  /** How texts were read that can be taken for something else, a sentence each. */
  readonly readAs: readonly string[];
}

/** @throws ScopeError for what is malformed, empty, or leads out of the root */
export function readScopeParts(parts: readonly ScopePart[], context: ScopeContext): ReadScope {
  if (parts.length === 0) throw new ScopeError('empty', 'No scope was given.', 'Name at least one path, glob or name.');
  const scope: ScopeEntry[] = [];
  const readAs: string[] = [];
  for (const part of parts) {
    const entry = readPart(part, context, readAs);
    assertInsideRoot(entry, context.root, context.caseRule);
    scope.push(entry);
  }
  if (!isComparable(scope)) {
    throw new ScopeError(
      'too-many-alternatives',
      `The patterns have more than ${MAX_SCOPE_ALTERNATIVES} alternatives or ${MAX_SCOPE_CHARS} characters together.`,
      'Use fewer or wider patterns, or lock a directory.',
    );
  }
  return { scope, readAs };
}

function readPart(part: ScopePart, context: ScopeContext, readAs: string[]): ScopeEntry {
  if (typeof part === 'object' && 'kind' in part) return checkedEntry(part);
  const exists = (text: string): boolean => fs.existsSync(path.resolve(context.cwd, text));
  const request =
    typeof part === 'string' ? readScope(part, { as: 'scope', exists }) : readScope(part.text, { as: part.as });
  if (request.readAs !== undefined) readAs.push(request.readAs);
  return resolve(request, context.cwd);
}

/** Callers of the library may have made it by hand; what is not canonical would be compared wrongly. */
function checkedEntry(entry: ScopeEntry): ScopeEntry {
  switch (entry.kind) {
    case 'path':
      return pathEntry(entry.path);
    case 'glob':
      return globEntry(entry.base, entry.pattern);
    case 'name':
      return nameEntry(entry.name);
  }
}

function resolve(request: ScopeRequest, cwd: string): ScopeEntry {
  switch (request.kind) {
    case 'path':
      return pathEntry(canonicalPath(request.path, cwd));
    case 'glob':
      return globEntry(canonicalPath(request.base, cwd), request.pattern);
    case 'name':
      return nameEntry(request.name);
  }
}

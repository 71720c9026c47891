import * as path from 'node:path';
import { findRoot } from '../../manager/root.ts';

/**
 * The workspaces around this one, nearest first. A submodule is a root of its own, and somebody who works in the outer
 * repository may have locked the whole folder in which it lies.
 */
export function enclosingRoots(root: string): readonly string[] {
  const found: string[] = [];
  for (let inner = root; inner !== path.dirname(inner);) {
    // Without an environment: a root that it names is around nothing.
    const outer = findRoot({ environment: {}, cwd: path.dirname(inner) });
    if (outer.isGuess) break;
    found.push(outer.path);
    inner = outer.path;
  }
  return found;
}

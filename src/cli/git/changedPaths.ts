/** The paths that a commit or a push would change; of a renamed file both names. Canonical, but for a link, which is changed itself. */
import * as path from 'node:path';
import { canonicalPath } from '../../os/paths.ts';
import { git } from './git.ts';

export async function stagedPaths(cwd: string): Promise<readonly string[]> {
  const top = await topOf(cwd);
  return below(top, await git(['diff', '--cached', '--name-only', '--no-renames', '-z'], top));
}

/**
 * @param refs what git tells a pre-push hook on stdin: `<local ref> <local id> <remote ref> <remote id>`, a line each
 * @param remote name or address of the other side
 */
export async function pushedPaths(refs: string, remote: string, cwd: string): Promise<readonly string[]> {
  const top = await topOf(cwd);
  const changed = new Set<string>();
  for (const line of refs.split('\n')) {
    const [, localId = '', , remoteId = ''] = line.split(' ');
    if (localId === '' || isNone(localId)) continue; // nothing, or a branch that is deleted there
    // What the other side has already is not ours to judge; of a new branch that is what any of its branches has.
    const isKnown = !isNone(remoteId) && (await isHere(remoteId, top));
    const known = isKnown ? remoteId : `--remotes=${remote}`;
    const names = ['--name-only', '--no-renames', '-z'];
    // Of a merge, what it has from none of its parents: what came with one of them is that side's change.
    const listings = [['log', '-c', ...names, '--format=', localId, '--not', known, '--']];
    // A merge that drops the other side's change has all from its parents; the ends show it.
    if (isKnown) listings.push(['diff', ...names, remoteId, localId, '--']);
    for (const words of listings) for (const file of below(top, await git(words, top))) changed.add(file);
  }
  return [...changed];
}

function isNone(id: string): boolean {
  return /^0+$/.test(id);
}

async function isHere(id: string, top: string): Promise<boolean> {
  return await git(['cat-file', '-e', `${id}^{commit}`], top).then(
    () => true,
    () => false, // somebody has pushed since we fetched: git itself will refuse
  );
}

async function topOf(cwd: string): Promise<string> {
  return canonicalPath(await git(['rev-parse', '--show-toplevel'], cwd), '/');
}

function below(top: string, listed: string): readonly string[] {
  const names = listed.split('\0').map((name) => name.replace(/^\n/, ''));
  return names.filter((name) => name !== '').map((name) => path.join(top, name));
}

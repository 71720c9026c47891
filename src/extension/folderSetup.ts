/** What decides which store a folder's locks are in; all of it can change while the folder is open. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../core/errors.ts';
import { readConfiguration } from '../manager/configuration/configuration.ts';
import { findLoopsDirectory, littleLoopsName } from '../manager/loopsDirectory.ts';
import { findRoot } from '../manager/root.ts';

export type FolderSetup = {
  /** Equal where everything that counts is. */
  readonly key: string;
  /** Where the files lie that decide; a change in any of them may change the setup. */
  readonly decidedIn: readonly string[];
} & (
  { readonly kind: 'usable'; readonly usesCluster: boolean } | { readonly kind: 'unusable'; readonly problem: string }
);

/**
 * Reads two small files and looks for markers; opens nothing, and throws nothing.
 * @param clusterState equal as long as a cluster need not be connected to anew
 */
export function readSetup(folder: string, environment: NodeJS.ProcessEnv, clusterState: string): FolderSetup {
  const decidedIn = new Set([folder]);
  try {
    // Without it the root would be some folder above, where nobody has asked for locks.
    if (!fs.existsSync(folder)) {
      return unusable(decidedIn, vscode.l10n.t('The folder {0} is not there. Its locks are shown once it is.', folder));
    }
    const root = findRoot({ cwd: folder, environment }).path;
    decidedIn.add(root).add(path.join(root, path.dirname(littleLoopsName)));
    const configuration = readConfiguration(root);
    const { loopsDir } = findLoopsDirectory(root, configuration);
    const usesCluster = configuration.etcd !== undefined;
    // Who is trusted, or signed in, since, has to connect anew.
    const key = JSON.stringify([root, loopsDir, configuration, usesCluster && clusterState]);
    return { kind: 'usable', key, usesCluster, decidedIn: [...decidedIn] };
  } catch (error) {
    return unusable(decidedIn, messageOf(error));
  }
}

function unusable(decidedIn: ReadonlySet<string>, problem: string): FolderSetup {
  return { kind: 'unusable', key: `unusable\0${problem}`, decidedIn: [...decidedIn], problem };
}

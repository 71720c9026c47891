import * as vscode from 'vscode';
import { readConfiguration } from '../../manager/configuration/configuration.ts';
import { confirmEndpoints } from '../../manager/cluster/confirmedEndpoints.ts';
import { namedCluster } from '../../manager/cluster/openCluster.ts';
import type { CommandContext } from './commandContext.ts';

/** Asks for user and password of the cluster that `.wlock.json` names, and whether they may be sent to those endpoints. */
export async function signInToEtcd({ folders, account, dialogs }: CommandContext): Promise<void> {
  await folders.ready();
  const clusters = folders.managers.flatMap(({ root, environment }) => {
    const { etcd } = readConfiguration(root.path);
    return etcd ? [namedCluster(root.path, etcd, environment)] : [];
  });
  const endpoints = clusters.flatMap((cluster) => cluster.endpoints);
  if (endpoints.length === 0) {
    await dialogs().warn(vscode.l10n.t('No .wlock.json of this window names an etcd cluster.'), []);
    return;
  }
  const title = vscode.l10n.t('Sign in to etcd');
  const user = await dialogs().input({ title, placeholder: vscode.l10n.t('User; empty to sign out') });
  if (user === undefined) return;
  if (user === '') return await account.signOut();
  const password = await dialogs().input({
    title,
    placeholder: vscode.l10n.t('Password of {0}', user),
    isSecret: true,
  });
  if (password === undefined) return;
  const isConfirmed = await dialogs().confirm({
    message: vscode.l10n.t('Send the password of {0} to these servers?', user),
    detail: vscode.l10n.t(
      '{0}\nThe .wlock.json of this workspace names them. Continue only if they are yours.',
      endpoints.join('\n'),
    ),
    action: vscode.l10n.t('Sign In'),
  });
  if (!isConfirmed) return;
  for (const cluster of clusters) confirmEndpoints(cluster, process.env);
  await account.signIn({ user, password });
}

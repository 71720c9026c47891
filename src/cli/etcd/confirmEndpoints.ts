import { LockError } from '../../core/errors.ts';
import { escapeForDisplay } from '../../core/display.ts';
import { readConfiguration } from '../../manager/configuration/configuration.ts';
import { confirmEndpoints, confirmedFile } from '../../manager/cluster/confirmedEndpoints.ts';
import { namedCluster } from '../../manager/cluster/openCluster.ts';
import { findRoot } from '../../manager/root.ts';
import type { Alone } from '../commandHost.ts';
import { exitCode, printJson, type ExitCode } from '../context.ts';

/**
 * Notes, for this user, which endpoints may get the credentials of the environment: these, or those of `.wlock.json` here.
 * @throws LockError `usage` for one that `.wlock.json` does not name: a typing error would be found out late
 */
export function confirmHere({ root, cwd, json, streams }: Alone, named: readonly string[]): ExitCode {
  const place = findRoot({ environment: process.env, cwd, ...(root === undefined ? {} : { explicit: root }) });
  const cluster = namedCluster(place.path, readConfiguration(place.path).etcd ?? {}, process.env);
  const { endpoints } = cluster;
  const unknown = named.filter((endpoint) => !endpoints.includes(endpoint));
  if (endpoints.length === 0 || unknown.length > 0) {
    throw new LockError(
      'usage',
      endpoints.length === 0
        ? `The .wlock.json of ${place.path} names no etcd cluster.`
        : `The .wlock.json of ${place.path} does not name ${unknown.join(', ')}.`,
      endpoints.length === 0 ? 'Write etcd into it first (docs/etcd.md).' : `It names ${endpoints.join(', ')}.`,
    );
  }
  const wanted = named.length > 0 ? named : endpoints;
  confirmEndpoints({ ...cluster, endpoints: wanted }, process.env);
  const file = confirmedFile(process.env);
  if (json) printJson(streams, { ok: true, confirmed: wanted, file });
  else streams.out(`Your etcd credentials may go to ${wanted.join(', ')} (noted in ${escapeForDisplay(file, 500)}).\n`);
  const open = wanted.filter(
    (endpoint) => endpoint.startsWith('http:') && !/^http:\/\/(127\.|localhost|\[::1\])/.test(endpoint),
  );
  if (open.length > 0 && !json) streams.err(`Without TLS everybody on the way can read them: ${open.join(', ')}\n`);
  return exitCode.done;
}

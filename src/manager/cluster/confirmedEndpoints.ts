/** Which endpoints may get credentials: a list of the user's own, outside every repository (DESIGN 9). */
import * as fs from 'node:fs';
import * as system from 'node:os';
import * as path from 'node:path';
import { LockError, messageOf, systemErrorCode } from '../../core/errors.ts';
import { sha256 } from '../../os/sha256.ts';

/** Absolute; JSON: a list of texts, each a URL, perhaps with the hash of an authority. */
export function confirmedFile(environment: NodeJS.ProcessEnv): string {
  const configured = environment['XDG_CONFIG_HOME'];
  const home = environment['HOME'] || system.homedir();
  return path.join(configured || path.join(home, '.config'), 'workspace-locks', 'etcd-endpoints.json');
}

/** A cluster as `.wlock.json` names it. `ca`: who it says vouches for the servers (PEM); another one is another cluster. */
export interface NamedCluster {
  readonly endpoints: readonly string[];
  readonly ca?: string;
}

/** @throws LockError `etcd-refused` */
export function assertConfirmed(cluster: NamedCluster, environment: NodeJS.ProcessEnv): void {
  const confirmed = new Set(confirmedMarks(environment));
  const others = cluster.endpoints.filter((endpoint) => !confirmed.has(markOf(endpoint, cluster)));
  if (others.length === 0) return;
  throw new LockError(
    'etcd-refused',
    `Your etcd credentials are not sent to ${others.join(', ')}, which .wlock.json names and you have not confirmed.`,
    `If it is yours: wlock etcd confirm ${others.join(' ')}`,
  );
}

export function confirmEndpoints(cluster: NamedCluster, environment: NodeJS.ProcessEnv): void {
  const file = confirmedFile(environment);
  const marks = cluster.endpoints.map((endpoint) => markOf(endpoint, cluster));
  const all = [...new Set([...confirmedMarks(environment), ...marks])];
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  fs.writeFileSync(temporary, `${JSON.stringify(all, undefined, 2)}\n`, { mode: 0o600 });
  fs.renameSync(temporary, file); // of two at once the later one counts; the earlier is asked again
}

/** A repository that names a confirmed endpoint with an authority of its own could read along on the way. */
function markOf(endpoint: string, { ca }: NamedCluster): string {
  return ca === undefined ? endpoint : `${endpoint} ca:${sha256(ca)}`;
}

/** @throws LockError `bad-configuration` */
function confirmedMarks(environment: NodeJS.ProcessEnv): readonly string[] {
  const file = confirmedFile(environment);
  try {
    const value: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
    if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw unusable(file, messageOf(error));
  }
  throw unusable(file, 'it is no list of texts');
}

function unusable(file: string, problem: string): LockError {
  return new LockError(
    'bad-configuration',
    `${file} cannot be used: ${problem}.`,
    'Mend it, or delete it and confirm again.',
  );
}

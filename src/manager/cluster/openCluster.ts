/** The etcd cluster that `.wlock.json` names, with credentials that never come from there (DESIGN 9). */
import * as fs from 'node:fs';
import * as system from 'node:os';
import * as path from 'node:path';
import { LockError, messageOf } from '../../core/errors.ts';
import type { CaseRule } from '../../core/scope/foldCase.ts';
import { JsonHttp, type Tls } from '../../os/jsonHttp.ts';
import type { Os } from '../../os/os.ts';
import { sha256 } from '../../os/sha256.ts';
import { EtcdProtocol } from '../../protocols/etcd/etcd.ts';
import { Gateway, type Credentials } from '../../protocols/etcd/gateway.ts';
import type { ClusterConfiguration } from '../configuration/configuration.ts';
import { assertConfirmed, type NamedCluster } from './confirmedEndpoints.ts';

export interface ClusterPlace {
  readonly root: string;
  /** The running directory of our own locks. */
  readonly store: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly isTrusted: boolean;
  readonly caseRule: CaseRule;
  readonly sessions: ReadonlySet<string>;
  readonly etcd: ClusterConfiguration;
}

/** Long enough for a pause of the network, short enough to wait for after a crash. */
const usualTtlS = 15;

/**
 * @throws LockError `etcd-refused` where credentials would go to an endpoint that nobody has confirmed; `bad-configuration`
 * where a file of the environment cannot be read
 */
export function openCluster(
  os: Os,
  { root, store, environment, isTrusted, caseRule, sessions, etcd }: ClusterPlace,
): EtcdProtocol {
  const { endpoints = [], namespace = '', ttlSeconds = usualTtlS } = etcd;
  if (!isTrusted) {
    throw new LockError(
      'etcd-refused',
      `The etcd cluster that .wlock.json names (${endpoints.join(', ')}) is not contacted, because this workspace is not trusted.`,
      'Trust the workspace to see what other machines have locked.',
    );
  }
  const credentials = credentialsOf(environment);
  const named = namedCluster(root, etcd, environment);
  const tls = tlsOf(environment, named.ca);
  if (credentials || tls.key !== undefined) assertConfirmed(named, environment);
  return new EtcdProtocol(os, {
    gateway: new Gateway({ endpoints, http: new JsonHttp(tls), ...(credentials ? { credentials } : {}) }),
    namespace,
    ttlS: ttlSeconds,
    root,
    caseRule,
    store: storeMarkOf(root, store, os),
    sessions,
    clocks: {
      monotonic: () => performance.now(),
      sinceBoot: () => system.uptime() * 1_000,
      wall: () => Date.now(),
    },
  });
}

/**
 * As people confirm it.
 * @throws LockError `bad-configuration` where its authority cannot be read
 */
export function namedCluster(root: string, etcd: ClusterConfiguration, environment: NodeJS.ProcessEnv): NamedCluster {
  const { endpoints = [], ca } = etcd;
  // The user's own authority goes before the repository's.
  const isOfRepository = ca !== undefined && !environment['WLOCK_ETCD_CA'];
  return { endpoints, ...(isOfRepository ? { ca: pem(path.join(root, ca)) } : {}) };
}

function credentialsOf(environment: NodeJS.ProcessEnv): Credentials | undefined {
  const user = environment['WLOCK_ETCD_USER'];
  return user ? { user, password: environment['WLOCK_ETCD_PASSWORD'] ?? '' } : undefined;
}

function tlsOf(environment: NodeJS.ProcessEnv, ca: string | undefined): Tls {
  const { WLOCK_ETCD_CA: authority, WLOCK_ETCD_CERT: cert, WLOCK_ETCD_KEY: key } = environment;
  const trusted = authority ? pem(authority) : ca;
  return {
    ...(trusted === undefined ? {} : { ca: trusted }),
    ...(cert ? { cert: pem(cert) } : {}),
    ...(key ? { key: pem(key) } : {}),
  };
}

function pem(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new LockError(
      'bad-configuration',
      `${file}, a certificate or key for etcd, cannot be read: ${messageOf(error)}.`,
      'Look at etcd.ca in .wlock.json, and at WLOCK_ETCD_CA, WLOCK_ETCD_CERT and WLOCK_ETCD_KEY.',
    );
  }
}

/**
 * Which store this is, among all machines: containers of one image have the same machine id and the same paths. The
 * device and the inode of the root tell those apart that share a kernel, the boot id those that do not. After a boot it is another
 * store, and what the old one left goes with its lease.
 */
function storeMarkOf(root: string, store: string, os: Os): string {
  const { machineId, bootId, host } = os.identity();
  const { dev, ino } = fs.statSync(root);
  return sha256(JSON.stringify([machineId ?? host, bootId, store, dev, ino])).slice(0, 24);
}

/** Processes of ours that use a cluster, in this one. */
import * as os from 'node:os';
import { JsonHttp } from '../../src/os/jsonHttp.ts';
import { openNodeOs } from '../../src/os/node.ts';
import type { Clocks } from '../../src/protocols/etcd/clocks.ts';
import { EtcdProtocol } from '../../src/protocols/etcd/etcd.ts';
import { Gateway } from '../../src/protocols/etcd/gateway.ts';
import type { HeldElsewhere } from '../../src/protocols/protocol.ts';

export interface ProtocolOptions {
  readonly endpoints: readonly string[];
  readonly namespace: string;
  readonly root: string;
  readonly session: string;
  /** The session, unless it says otherwise: each has its own clone. */
  readonly store?: string;
  readonly ttlS?: number;
  readonly clocks?: Clocks;
  readonly patienceMs?: number;
}

export const realClocks: Clocks = {
  monotonic: () => performance.now(),
  sinceBoot: () => os.uptime() * 1_000,
  wall: () => Date.now(),
};

export function gatewayTo(endpoints: readonly string[], patienceMs = 2_000): Gateway {
  return new Gateway({ endpoints, http: new JsonHttp(), patienceMs });
}

export async function openProtocol(options: ProtocolOptions): Promise<EtcdProtocol> {
  const { endpoints, namespace, root, session, store = session, ttlS = 15, clocks = realClocks, patienceMs } = options;
  return new EtcdProtocol(await openNodeOs(), {
    gateway: gatewayTo(endpoints, patienceMs),
    namespace,
    ttlS,
    root,
    caseRule: { fold: false },
    store,
    sessions: new Set([session]),
    clocks,
  });
}

/** Where a lock stands in the cluster. */
export function keyOf({ files }: HeldElsewhere): string {
  return files[0]?.replace('etcd:', '') ?? '';
}

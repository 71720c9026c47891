/** claude-swarm's record (PROTOCOLS 2.2): exactly four keys, as any other breaks every command of every agent. */
import type { LockId } from '../../core/lock.ts';
import { sha256 } from '../../os/sha256.ts';
import { clampTime } from '../times.ts';
import type { Format, Malformed } from '../readLockFile.ts';

export interface SwarmRecord {
  readonly kind: 'record';
  readonly agentId: string;
  readonly filepath: string;
  /** Epoch ms. */
  readonly lockedAt: number;
  readonly reason: string;
}

export const swarmFormat: Format<SwarmRecord> = { maxBytes: 64 * 1024, decode };

const agentForm = /^wlock-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-([0-9a-f]{12})$/;

/**
 * Of one store of ours, in 12 characters. Several may lie below one root of claude-swarm, and none knows which locks of
 * another live: only a record with the own store's mark may ever be taken for a dead lock's.
 * @param store canonical path of its running directory
 */
export function storeMarkOf(store: string): string {
  return sha256(store).slice(0, 12);
}

/** The agent under whose name a lock of ours stands there; claude-swarm allows 64 of these characters. */
export function agentOf(id: LockId, storeMark: string): string {
  return `wlock-${id}-${storeMark}`;
}

/** The lock of this store for which a record stands; undefined for an agent's own, and for another store's. */
export function standsFor({ agentId }: SwarmRecord, storeMark: string): LockId | undefined {
  const [, id, mark] = agentForm.exec(agentId) ?? [];
  return mark === storeMark ? (id as LockId) : undefined;
}

/** Whether it stands for a lock of ours in any store. */
export function isOfWlock({ agentId }: SwarmRecord): boolean {
  return agentForm.test(agentId);
}

/** Always as long for the same lock, so that a refresh in place changes digits only. */
export function encode(record: Omit<SwarmRecord, 'kind'>): string {
  const { agentId, filepath, lockedAt, reason } = record;
  const text = JSON.stringify({ agent_id: agentId, filepath, locked_at: 0, reason }, undefined, 2);
  return text.replace('"locked_at": 0', `"locked_at": ${(lockedAt / 1_000).toFixed(6)}`);
}

const keys = ['agent_id', 'filepath', 'locked_at', 'reason'] as const;

function decode(bytes: Buffer): SwarmRecord | Malformed {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return malformed(bytes.length === 0 ? 'it is empty' : 'it is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return broken('is no object');
  const record = value as Record<string, unknown>;
  const missing = keys.find((key) => !Object.hasOwn(record, key));
  if (missing !== undefined) return broken(`lacks the key ${missing}`);
  if (Object.keys(record).length > keys.length) return broken('has a key too many');
  const { agent_id: agentId, filepath, locked_at: lockedAt, reason } = record;
  if (typeof agentId !== 'string' || typeof filepath !== 'string' || typeof reason !== 'string') {
    return malformed('one of its texts is none');
  }
  if (typeof lockedAt !== 'number' || !Number.isFinite(lockedAt)) return broken('has a locked_at that is no number');
  return { kind: 'record', agentId, filepath, lockedAt: clampTime(lockedAt * 1_000), reason };
}

const malformed = (problem: string): Malformed => ({ kind: 'malformed', problem });

/** Such a file stops every agent, whatever it locks (PROTOCOLS 2.2). */
const broken = (what: string): Malformed => malformed(`it ${what}, on which every claude-swarm command fails`);

import type { Extra, LockRecord } from './record.ts';

const recordVersion = 1;

/** The text of a record of ours. */
export function encodeRecord(record: LockRecord & { readonly extra: Extra; readonly startedAt: number }): string {
  const { extra } = record;
  return JSON.stringify({
    loop_name: record.name,
    scope: record.paths,
    pid: record.pid,
    started_at: pythonIsoTime(record.startedAt),
    wlock: {
      version: recordVersion,
      id: extra.id,
      revision: extra.revision,
      session: extra.session,
      token: extra.token,
      mode: extra.mode,
      scope: extra.scope,
      hold: extra.hold,
      hold_device: extra.holdDevice,
      reason: extra.reason,
      tool: extra.tool,
      host: extra.host,
      machine: extra.machineId,
      boot: extra.bootId,
      pid_namespace: extra.pidNamespace,
      time_namespace: extra.timeNamespace,
      start_time: extra.startTime,
      renewed_at: extra.renewedAt === undefined ? undefined : new Date(extra.renewedAt).toISOString(),
      expires_at: extra.expiresAt === undefined ? undefined : new Date(extra.expiresAt).toISOString(),
      ttl_ms: extra.ttlMs,
      keeper: extra.isKeeper,
      ticket: extra.ticket,
    },
  });
}

/** little-loops writes microseconds and an offset; its readers keep the text as it is. */
function pythonIsoTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000+00:00');
}

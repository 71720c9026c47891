import type { Lock } from '../core/lock.ts';

/** A lock as `--json` prints it (DESIGN 8): times are ISO 8601 UTC, unknown keys are absent. */
export function lockJson(lock: Lock): object {
  const { fingerprint, acquiredAt, renewedAt, expiresAt, ...rest } = lock;
  return { ...rest, acquiredAt: iso(acquiredAt), renewedAt: iso(renewedAt), expiresAt: iso(expiresAt) };
}

function iso(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : new Date(epochMs).toISOString();
}

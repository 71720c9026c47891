import { randomUUID } from 'node:crypto';
import type { LockId } from '../../src/core/lock.ts';
import { pathEntry } from '../../src/core/scope/entry.ts';
import { encodeRecord } from '../../src/protocols/loops/encodeRecord.ts';

/** What a process of ours would write that lives as long as this one: a lock of a directory, without a hold. */
export function ourRecord(name: string, directory: string): string {
  return encodeRecord({
    name,
    paths: [directory],
    pid: process.pid,
    startedAt: Date.now(),
    extra: {
      version: 1,
      id: randomUUID() as LockId,
      revision: 0,
      session: 'somebody',
      token: 1,
      mode: 'exclusive',
      scope: [pathEntry(directory)],
    },
  });
}

/** Where we run: machine, boot, namespaces, user. Read once; none of it changes while a process lives. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import type { Identity } from './os.ts';
import { processState } from './processes.ts';

export async function readIdentity(): Promise<Identity> {
  const own = await processState(process.pid);
  const facts = process.platform === 'darwin' ? darwinFacts() : linuxFacts();
  return {
    pid: process.pid,
    uid: process.getuid?.() ?? -1,
    host: os.hostname(),
    user: userName(),
    ...(own?.state === 'running' && own.startTime !== undefined ? { startTime: own.startTime } : {}),
    ...facts,
  };
}

type Facts = Pick<Identity, 'machineId' | 'bootId' | 'pidNamespace' | 'timeNamespace'>;

function linuxFacts(): Facts {
  return defined({
    machineId: attempt(() => fs.readFileSync('/etc/machine-id', 'utf8').trim()),
    bootId: attempt(() => fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: attempt(() => fs.readlinkSync('/proc/self/ns/pid')),
    timeNamespace: attempt(() => fs.readlinkSync('/proc/self/ns/time')),
  });
}

function darwinFacts(): Facts {
  const sysctl = (name: string): string | undefined =>
    attempt(() => execFileSync('/usr/sbin/sysctl', ['-n', name], { encoding: 'utf8' }).trim());
  return defined({ machineId: sysctl('kern.uuid'), bootId: sysctl('kern.bootsessionuuid') });
}

/** A fact that this system does not have is left out; the verdict table says what follows. */
function attempt(read: () => string): string | undefined {
  try {
    return read() || undefined;
  } catch {
    return undefined;
  }
}

function defined(
  facts: Record<keyof Facts, string | undefined> | Partial<Record<keyof Facts, string | undefined>>,
): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

function userName(): string {
  // userInfo throws for a uid without a passwd entry, as containers often have.
  return attempt(() => os.userInfo().username) ?? attempt(() => String(process.getuid?.())) ?? 'unknown';
}

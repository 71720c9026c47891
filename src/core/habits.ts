/** What may safely be deleted among each tool's locks, and why not where it may not (PROTOCOLS, "third party"). */
import type { Lock, ProtocolId } from './lock.ts';

interface Habits {
  /** Undefined: yes. Else one sentence why not. */
  readonly reap?: string;
  readonly forceRelease?: string;
}

const habits: Readonly<Record<ProtocolId, Habits>> = {
  loops: {},
  'claude-swarm': {},
  openclaw: {
    reap: 'openclaw takes it over by itself, and needs the file as evidence of the session that it interrupted.',
  },
  agentwire: {
    reap: 'agentwire’s files are never deleted: the kernel frees its locks, and a deleted file lets two in.',
    forceRelease: 'agentwire’s files are never deleted, as that lets two in: end the process that holds it.',
  },
  declared: { reap: 'Whether its own tool still needs the file is not known: force-release it if you know better.' },
  etcd: {},
};

export function whyNotReap({ protocol }: Pick<Lock, 'protocol'>): string | undefined {
  return habits[protocol].reap;
}

export function whyNotForce({ protocol }: Pick<Lock, 'protocol'>): string | undefined {
  return habits[protocol].forceRelease;
}

import type { LockManager } from '../lockManager.ts';
import type { Finding } from './finding.ts';

export function flockFindings({ os }: LockManager): readonly Finding[] {
  const { provider, because } = os.flock;
  const topic = 'flock';
  return [
    provider
      ? { level: 'ok', topic, text: `${provider.name}, because ${because}` }
      : { level: 'problem', topic, text: 'no way to take locks', hint: because },
  ];
}

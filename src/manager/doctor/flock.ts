import type { LockManager } from '../lockManager.ts';
import type { Finding } from './finding.ts';

export function flockFindings({ os }: LockManager): readonly Finding[] {
  const { provider, because } = os.flock;
  const { pidNamespace } = os.identity();
  return [
    provider
      ? { level: 'ok', topic: 'flock', text: `${provider.name}, because ${because}` }
      : { level: 'problem', topic: 'flock', text: 'no way to take locks', hint: because },
    {
      level: 'note',
      topic: 'containers',
      text:
        `little-loops in another container than this one (${pidNamespace ?? 'no pid namespaces here'}) cannot tell whether ` +
        'our holders live, and may take their locks',
    },
  ];
}

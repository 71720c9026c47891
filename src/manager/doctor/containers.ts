import type { LockManager } from '../lockManager.ts';
import type { Finding } from './finding.ts';

export function containerFindings({ os }: LockManager): readonly Finding[] {
  const { pidNamespace } = os.identity();
  return [
    {
      level: 'note',
      topic: 'containers',
      text:
        `little-loops in another container than this one (${pidNamespace ?? 'no pid namespaces here'}) cannot tell whether ` +
        'our holders live, and may take their locks',
    },
  ];
}

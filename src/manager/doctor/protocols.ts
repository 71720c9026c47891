import type { LockManager } from '../lockManager.ts';
import type { Finding } from './finding.ts';

/** Other tools at work here. The loops protocol is the store itself, a topic of its own. */
export async function protocolFindings({ tools }: LockManager): Promise<readonly Finding[]> {
  const remarks = await Promise.all((await tools.present()).map((tool) => tool.describe()));
  return remarks.flat().map((remark) => ({ topic: 'protocols', ...remark }));
}

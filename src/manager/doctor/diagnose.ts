/**
 * Start here: what `wlock doctor` and the editor's Diagnose say; facts first, then what is wrong and what to do. One file
 * a topic. Reads only: creates nothing, deletes nothing, and takes no lock but the shared probes of `list`.
 */
import type { LockManager } from '../lockManager.ts';
import { fileSystemFindings } from './fileSystem.ts';
import { look, type Finding, type Topic } from './finding.ts';
import { flockFindings } from './flock.ts';
import { gateFindings } from './gate.ts';
import { loopsDirectoryFindings } from './loopsDirectory.ts';
import { recordFindings } from './records.ts';
import { storeFindings } from './store.ts';

/** What decides whether locks work here. The editor stays small and looks no further. */
export const essentialTopics: readonly Topic[] = [
  ['root', ({ root }) => [{ level: 'ok', topic: 'root', text: `${root.path}, because ${root.because}` }]],
  ['loops directory', loopsDirectoryFindings],
  ['file system', fileSystemFindings],
  ['flock', flockFindings],
  ['store', storeFindings],
  ['gate', gateFindings],
  ['locks', recordFindings],
];

export async function diagnose(
  manager: LockManager,
  topics: readonly Topic[] = essentialTopics,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const [name, findingsOf] of topics) findings.push(...(await look(name, () => findingsOf(manager))));
  return findings;
}

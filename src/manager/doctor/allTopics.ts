import { essentialTopics } from './diagnose.ts';
import type { Topic } from './finding.ts';
import { gitFindings } from './git.ts';
import { leftoverFindings } from './leftovers.ts';
import { queueFindings } from './queue.ts';

/** Also what others left behind: `wlock doctor` takes the time. */
export const allTopics: readonly Topic[] = [
  ...essentialTopics,
  ['git', gitFindings],
  ['leftovers', leftoverFindings],
  ['queue', queueFindings],
];

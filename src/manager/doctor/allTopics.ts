import { configurationFindings } from './configuration.ts';
import { containerFindings } from './containers.ts';
import { essentialTopics } from './diagnose.ts';
import { fileSystemTypeFindings } from './fileSystemType.ts';
import type { Topic } from './finding.ts';
import { gateHolderFindings } from './gateHolder.ts';
import { gitFindings } from './git.ts';
import { hintFindings } from './hints.ts';
import { journalFindings } from './journal.ts';
import { leftoverFindings } from './leftovers.ts';
import { oddityFindings } from './oddities.ts';
import { privateFileFindings } from './privateFiles.ts';
import { protocolFindings } from './protocols.ts';
import { queueFindings } from './queue.ts';
import { waiterFindings } from './waiters.ts';

/** Also what others left behind: `wlock doctor` takes the time. */
export const allTopics: readonly Topic[] = [
  ...essentialTopics,
  ['configuration', configurationFindings],
  ['file system type', fileSystemTypeFindings],
  ['inside the gate', gateHolderFindings],
  ['private files', privateFileFindings],
  ['containers', containerFindings],
  ['oddities', oddityFindings],
  ['protocols', protocolFindings],
  ['hints', hintFindings],
  ['journal', journalFindings],
  ['git', gitFindings],
  ['leftovers', leftoverFindings],
  ['queue', queueFindings],
  ['waiters', waiterFindings],
];

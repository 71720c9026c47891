import * as fs from 'node:fs';
import * as path from 'node:path';
import { configurationName } from '../configuration/configuration.ts';
import type { LockManager } from '../lockManager.ts';
import { littleLoopsName } from '../loopsDirectory.ts';
import { shownPath, type Finding } from './finding.ts';

/** What decides something here. An unusable one has stopped us before we got here. */
const files = [configurationName, littleLoopsName] as const;

export function configurationFindings({ root, loopsDirectory }: LockManager): readonly Finding[] {
  const { loopsDir, because, note } = loopsDirectory;
  const present = files.filter((name) => fs.existsSync(path.join(root.path, name)));
  const topic = 'loops directory';
  return [
    { level: 'ok', topic: 'configuration', text: present.join(', ') || 'no file; the defaults are in effect' },
    { level: 'ok', topic, text: `${shownPath(loopsDir)}, because ${because}` },
    ...(note === undefined ? [] : [{ level: 'note', topic, text: note } as const]),
  ];
}

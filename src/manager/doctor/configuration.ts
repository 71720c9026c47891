import * as fs from 'node:fs';
import * as path from 'node:path';
import { configurationName } from '../configuration/configuration.ts';
import type { LockManager } from '../lockManager.ts';
import { littleLoopsName } from '../loopsDirectory.ts';
import type { Finding } from './finding.ts';

/** What decides something here. An unusable one has stopped us before we got here. */
const files = [configurationName, littleLoopsName] as const;

export function configurationFindings({ root }: LockManager): readonly Finding[] {
  const present = files.filter((name) => fs.existsSync(path.join(root.path, name)));
  const text = present.join(', ') || 'no file; the defaults are in effect';
  return [{ level: 'ok', topic: 'configuration', text }];
}

import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LockManager } from '../lockManager.ts';
import { configFile } from '../loopsDirectory.ts';
import type { Finding } from './finding.ts';

/** A file that decides something here, and what it decides. An unusable one has stopped us before we got here. */
interface ConfigurationFile {
  readonly name: string;
  readonly says: (manager: LockManager) => string;
}

const files: readonly ConfigurationFile[] = [
  { name: configFile, says: ({ root, layout }) => `the loops directory is ${path.relative(root.path, layout.loops)}` },
];

export function configurationFindings(manager: LockManager): readonly Finding[] {
  const topic = 'configuration';
  const inEffect = files.filter(({ name }) => fs.existsSync(path.join(manager.root.path, name)));
  if (inEffect.length === 0) return [{ level: 'ok', topic, text: 'no file; the defaults are in effect' }];
  return inEffect.map(({ name, says }) => ({ level: 'ok', topic, text: `${name}: ${says(manager)}` }));
}

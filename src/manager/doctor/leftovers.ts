import * as path from 'node:path';
import { drive } from '../../os/os.ts';
import { probeHold } from '../../protocols/loops/probeHold.ts';
import { scanStore, type Found } from '../../protocols/loops/scan.ts';
import type { LockManager } from '../lockManager.ts';
import { shownPath, type Finding } from './finding.ts';

/** Both kinds are young for some microseconds while they are made; what is older was left behind. */
const leftAfterMs = 10_000;

/** The portable flock provider starts a process for each probe. */
const mostProbes = 64;

/** What processes leave that die at a bad moment. None of it is ever taken for a lock. */
export async function leftoverFindings(manager: LockManager): Promise<readonly Finding[]> {
  const { layout, os } = manager;
  const { found, temporary } = await drive(os, scanStore(layout.running));
  const old = temporary.filter((file) => isOld(manager, file));
  return [...temporaryFindings(old), ...holdFindings(layout.alive, await freeHolds(manager, found))];
}

function temporaryFindings(files: readonly string[]): readonly Finding[] {
  return files.map((file) => ({
    level: 'note',
    topic: 'leftovers',
    text: `${shownPath(file)} was left by a process that died while it published a lock`,
    hint: 'It is in nobody’s way; the next acquire deletes it.',
  }));
}

function holdFindings(folder: string, names: readonly string[]): readonly Finding[] {
  if (names.length === 0) return [];
  const some = names.slice(0, 3).map((name) => shownPath(name));
  return [
    {
      level: 'note',
      topic: 'leftovers',
      text: `${names.length} hold files in ${folder} that nobody holds and no lock names: ${some.join(', ')}${names.length > some.length ? ', …' : ''}`,
      hint: 'They are in nobody’s way; the first acquire of any process deletes them.',
    },
  ];
}

async function freeHolds(manager: LockManager, found: readonly Found[]): Promise<readonly string[]> {
  const { layout, os } = manager;
  const named = new Set(
    found.map(({ content }) => (content.kind === 'record' ? content.record.extra?.hold : undefined)),
  );
  const candidates = (os.readdir(layout.alive) ?? [])
    .filter(
      ({ name, isDirectory }) => !isDirectory && !named.has(name) && isOld(manager, path.join(layout.alive, name)),
    )
    .slice(0, mostProbes);
  const free: string[] = [];
  for (const { name } of candidates) {
    if ((await drive(os, probeHold(layout, name))) === 'released') free.push(name);
  }
  return free;
}

function isOld({ os }: LockManager, file: string): boolean {
  const info = os.lstat(file);
  return info !== undefined && os.now() - info.mtimeMs > leftAfterMs;
}

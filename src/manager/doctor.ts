/** What `wlock doctor` and the editor's Diagnose say: facts first, then what is wrong and what to do. Reads only. */
import * as fs from 'node:fs';
import { escapeForDisplay } from '../core/display.ts';
import { messageOf } from '../core/errors.ts';
import { adviceFor, verdictSentence } from '../core/sentences.ts';
import type { Lock } from '../core/lock.ts';
import type { LockManager } from './lockManager.ts';

export interface Finding {
  readonly level: 'ok' | 'note' | 'problem';
  readonly topic: string;
  readonly text: string;
  /** What to do, for a problem. */
  readonly hint?: string;
}

export async function diagnose(manager: LockManager): Promise<readonly Finding[]> {
  return [
    { level: 'ok', topic: 'root', text: `${manager.root.path}, because ${manager.root.because}` },
    storeFinding(manager),
    ...loopsDirectoryFindings(manager),
    fileSystemFinding(manager),
    flockFinding(manager),
    ...gateFindings(manager),
    namespaceFinding(manager),
    ...(await lockFindings(manager)),
  ];
}

function storeFinding({ layout }: LockManager): Finding {
  const stats = fs.statSync(layout.running, { throwIfNoEntry: false });
  if (!stats)
    return { level: 'note', topic: 'store', text: `${layout.running} does not exist; the first acquire makes it` };
  try {
    fs.accessSync(layout.running, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
    return { level: 'ok', topic: 'store', text: layout.running };
  } catch (error) {
    return {
      level: 'problem',
      topic: 'store',
      text: `${layout.running} may not be changed (${messageOf(error)})`,
      hint: 'Locks are shown, but cannot be taken here until its permissions allow it.',
    };
  }
}

function loopsDirectoryFindings({ loopsDirectory }: LockManager): readonly Finding[] {
  const { loopsDir, because, note } = loopsDirectory;
  const inEffect: Finding = {
    level: 'ok',
    topic: 'loops directory',
    text: `${escapeForDisplay(loopsDir, 400)}, because ${because}`,
  };
  return note === undefined ? [inEffect] : [inEffect, { level: 'note', topic: 'loops directory', text: note }];
}

function fileSystemFinding({ root, os }: LockManager): Finding {
  const remote = os.remoteFileSystem(root.path);
  if (remote === undefined) return { level: 'ok', topic: 'file system', text: 'local' };
  return {
    level: 'problem',
    topic: 'file system',
    text: `${remote}, on which a lock does not reach the other machines`,
    hint: 'Locks are shown, but not taken here. Use a local disk.',
  };
}

function flockFinding({ os }: LockManager): Finding {
  const { provider, because } = os.flock;
  if (provider) return { level: 'ok', topic: 'flock', text: `${provider.name}, because ${because}` };
  return { level: 'problem', topic: 'flock', text: 'no way to take locks', hint: because };
}

function gateFindings({ layout, os }: LockManager): readonly Finding[] {
  const info = os.lstat(layout.gate);
  if (!info) return [];
  if (info.kind !== 'file') {
    return [
      {
        level: 'problem',
        topic: 'gate',
        text: `${layout.gate} is a ${info.kind}`,
        hint: 'Look who made it, and delete it while no loop runs.',
      },
    ];
  }
  if (info.size > 0) {
    return [
      {
        level: 'problem',
        topic: 'gate',
        text: `${layout.gate} has content; little-loops may take it for a lock and delete it`,
        hint: `While no loop runs: truncate -s 0 ${layout.gate}`,
      },
    ];
  }
  return [{ level: 'ok', topic: 'gate', text: layout.gate }];
}

function namespaceFinding({ os }: LockManager): Finding {
  const { pidNamespace } = os.identity();
  return {
    level: 'note',
    topic: 'containers',
    text:
      `little-loops in another container than this one (${pidNamespace ?? 'no pid namespaces here'}) cannot tell whether ` +
      'our holders live, and may take their locks',
  };
}

async function lockFindings(manager: LockManager): Promise<readonly Finding[]> {
  const { locks } = await manager.refresh();
  const count: Finding = {
    level: 'ok',
    topic: 'locks',
    text: `${locks.filter((lock) => lock.verdict === 'live').length} live`,
  };
  return [count, ...locks.filter((lock) => lock.verdict !== 'live').map(lockFinding)];
}

function lockFinding(lock: Lock): Finding {
  return {
    level: lock.verdict === 'stale' ? 'note' : 'problem',
    topic: `${lock.verdict} lock`,
    text: `${escapeForDisplay(lock.file, 400)}: ${verdictSentence(lock)}`,
    hint: adviceFor(lock),
  };
}

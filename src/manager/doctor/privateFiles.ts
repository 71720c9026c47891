import * as path from 'node:path';
import type { LockManager } from '../lockManager.ts';
import { shownPath, type Finding } from './finding.ts';

const topic = 'private files';

/** What has another kind than we made it with; the journal, and who may write where, are topics of their own. */
export function privateFileFindings({ layout, os }: LockManager): readonly Finding[] {
  const { own, alive, queue, requests, fence } = layout;
  if (os.lstat(own)?.kind === 'file') return [notAFolder(own, 'file', 'locks cannot be taken')];
  return [
    ...folderFindings(os, alive, 'locks cannot be taken'),
    ...folderFindings(os, queue, 'locks cannot be taken'),
    ...folderFindings(os, requests, 'nobody can be asked to renew'),
    ...fenceFindings(os, fence),
  ];
}

function folderFindings(os: LockManager['os'], folder: string, effect: string): readonly Finding[] {
  const info = os.lstat(folder);
  return info === undefined || info.kind === 'directory' ? [] : [notAFolder(folder, info.kind, effect)];
}

function notAFolder(folder: string, kind: string, effect: string): Finding {
  return {
    level: 'problem',
    topic,
    text: `${shownPath(folder)} is a ${kind}, not a directory, so ${effect}`,
    hint: `Look who made it, and move it away: mv ${shownPath(folder)} ${shownPath(path.join(path.dirname(folder), `not-${path.basename(folder)}`))}`,
  };
}

function fenceFindings(os: LockManager['os'], fence: string): readonly Finding[] {
  const info = os.lstat(fence);
  if (info === undefined || info.kind === 'file') return [];
  return [
    {
      level: 'note',
      topic,
      text: `${shownPath(fence)} is a ${info.kind}, not a file, so tokens are not counted in it`,
      hint: 'The next acquire moves it aside, and goes on above the clock and above the tokens of all locks.',
    },
  ];
}

/** What a dead process leaves, for each way of locking: put into the folder anew for each round. */
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { cliFile } from '../real/programs.ts';
import { waitFor } from '../real/waitFor.ts';
import { runningIn } from './removal.ts';

export const methods = ['workspace-locks', 'proper-lockfile', 'delete-then-create', 'rename-over'] as const;
export type Method = (typeof methods)[number];

/** @param round its number, for those that leave one thing or another */
export type LeaveStaleLock = (round: number) => void;

export async function staleLockOf(method: Method, folder: string): Promise<LeaveStaleLock> {
  const lockFile = path.join(folder, 'contended.lock');
  switch (method) {
    case 'workspace-locks': {
      const ours = await recordOfDeadHolder(folder);
      return (round) => (round % 2 === 0 ? ours() : loopRecord(folder));
    }
    case 'proper-lockfile':
      return () => {
        fs.rmSync(lockFile, { recursive: true, force: true });
        fs.mkdirSync(lockFile);
        const longAgoS = Date.now() / 1_000 - 3_600;
        fs.utimesSync(lockFile, longAgoS, longAgoS);
      };
    case 'delete-then-create':
    case 'rename-over':
      return () => fs.writeFileSync(lockFile, String(deadPid()));
  }
}

/**
 * One holder really dies. What it leaves, its record and the file of its hold, is put back for each round, the record
 * under a fresh name, as no name is used twice.
 */
async function recordOfDeadHolder(folder: string): Promise<() => void> {
  // Killed before its command runs, wlock could not take the command with it yet, and that one would keep the hold.
  const command = 'touch command-runs && exec sleep 60';
  const words = ['run', '--root', folder, '--path', 'contended', '--holder', 'dead', '--', 'sh', '-c', command];
  const child = spawn(process.execPath, [cliFile, ...words], { cwd: folder, stdio: 'ignore' });
  const ended = once(child, 'close');
  const running = runningIn(folder);
  const recordName = await waitFor('its record', () =>
    fs.existsSync(running) ? fs.readdirSync(running).find((name) => /^wlock-.*\.lock$/.test(name)) : undefined,
  );
  await waitFor('its command', () => fs.existsSync(path.join(folder, 'command-runs')));
  const [holdName = ''] = fs.readdirSync(path.join(running, '.wlock', 'alive'));
  child.kill('SIGKILL');
  await ended;
  const text = fs.readFileSync(path.join(running, recordName), 'utf8');
  fs.rmSync(path.join(running, recordName));
  return () => {
    fs.writeFileSync(path.join(running, '.wlock', 'alive', holdName), '');
    const id = randomUUID();
    const record = JSON.parse(text) as { wlock: object };
    const fresh = JSON.stringify({ ...record, wlock: { ...record.wlock, id } });
    fs.writeFileSync(path.join(running, `wlock-${id}.lock`), fresh);
  };
}

/** What little-loops leaves when it is killed. */
function loopRecord(folder: string): void {
  const record = {
    loop_name: 'dead',
    scope: [path.join(folder, 'contended')],
    pid: deadPid(),
    started_at: '2026-01-01T00:00:00.000000+00:00',
  };
  fs.writeFileSync(path.join(runningIn(folder), `dead-${randomUUID()}.lock`), JSON.stringify(record));
}

/** Of a process that has just ended, so its number is nobody's for a long while. */
const deadPid = (): number => spawnSync('true').pid;

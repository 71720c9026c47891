import type { Command } from 'commander';
import type { Lock } from '../../core/lock.ts';
import { ScopeIndex } from '../../core/scope/scopeIndex.ts';
import {
  deadlockAdvice,
  deadlockSentence,
  describeScope,
  formatAge,
  nameOf,
  verdictSentence,
} from '../../core/sentences.ts';
import type { Snapshot } from '../../core/snapshot.ts';
import type { Waiter } from '../../core/waiter.ts';
import type { CommandHost } from '../commandHost.ts';
import { exitCode, printJson, type Context } from '../context.ts';
import { deadlockJson, lockJson, waiterJson } from '../lockJson.ts';
import { idText, scopeText, table } from '../lockText.ts';

export function listCommand({ program, run }: CommandHost): void {
  program
    .command('list')
    .description('show every lock: holder, scope, age, whether it is alive and how we know')
    .action(async (_options: object, command: Command) => {
      await run(command, async (context) => {
        const snapshot = await context.manager.refresh();
        if (context.json) printSnapshot(context, snapshot);
        else context.streams.out(snapshotText(context, snapshot));
        return exitCode.done;
      });
    });
}

function printSnapshot({ manager, streams }: Context, snapshot: Snapshot): void {
  printJson(streams, {
    root: manager.root.path,
    locks: snapshot.locks.map(lockJson),
    waiters: snapshot.waiters.map((waiter) =>
      waiterJson(
        waiter,
        snapshot.waits.find((wait) => wait.waiter === waiter),
      ),
    ),
    deadlocks: snapshot.deadlocks.map(deadlockJson),
    conflicts: snapshot.conflicts.map(({ a, b }) => {
      const theirs = ScopeIndex.of([[b.scope, b]], manager.caseRule);
      return { a: a.id, b: b.id, scope: a.scope.filter((entry) => theirs.overlapping([entry]).length > 0) };
    }),
  });
}

function snapshotText({ manager }: Context, snapshot: Snapshot): string {
  const root = manager.root.path;
  if (snapshot.locks.length + snapshot.waiters.length === 0) return `No locks in ${root}.\n`;
  const now = manager.os.now();
  const rows = snapshot.locks.map((lock) => [
    nameOf(lock) + (lock.mine ? ' (mine)' : ''),
    scopeText(lock, root),
    formatAge(lock, now),
    lock.verdict,
    idText(lock),
  ]);
  const notes = snapshot.locks
    .filter((lock) => lock.verdict !== 'live')
    .map((lock) => `${idText(lock)}: ${verdictSentence(lock)}\n`);
  const named = (lock: Lock): string => `${nameOf(lock)} (${scopeText(lock, root)}, ${idText(lock)})`;
  const conflicts = snapshot.conflicts.map(({ a, b }) => `CONFLICT: ${named(a)} and ${named(b)} overlap.\n`);
  const deadlocks = snapshot.deadlocks.map((deadlock) => `${deadlockSentence(deadlock, root)} ${deadlockAdvice}\n`);
  return [
    rows.length === 0 ? '' : table([['HOLDER', 'SCOPE', 'AGE', 'STATE', 'ID'], ...rows]),
    ...notes,
    waitersText(snapshot, root, now),
    ...conflicts,
    ...deadlocks,
  ].join('');
}

function waitersText({ waiters, waits }: Snapshot, root: string, now: number): string {
  if (waiters.length === 0) return '';
  const rows = waiters.map((waiter) => {
    const wait = waits.find((each) => each.waiter === waiter);
    const awaited = [...(wait?.locks ?? []), ...(wait?.behind ?? [])].map(nameOf);
    return [
      nameOf(waiter) + (waiter.mine ? ' (mine)' : ''),
      describeScope(waiter.scope, root) + (waiter.mode === 'shared' ? ' (shared)' : ''),
      formatAge({ acquiredAt: waiter.since }, now),
      waiterState(waiter, [...new Set(awaited)]),
    ];
  });
  return `\n${table([['WAITER', 'SCOPE', 'SINCE', 'STATE'], ...rows])}`;
}

function waiterState({ verdict, idle }: Waiter, awaited: readonly string[]): string {
  if (verdict === 'stale') return 'gone';
  if (idle) return 'stopped, passed over';
  return awaited.length === 0 ? 'next' : `waits for ${awaited.join(', ')}`;
}

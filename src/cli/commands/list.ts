import type { Lock } from '../../core/lock.ts';
import { isEmptyFilter, shownOf, type LockFilter, type Shown } from '../../core/lockFilter.ts';
import { ScopeIndex } from '../../core/scope/scopeIndex.ts';
import {
  deadlockAdvice,
  deadlockSentence,
  describeLock,
  describeScope,
  formatAge,
  holderOf,
  nameOf,
  verdictSentence,
} from '../../core/sentences.ts';
import type { Snapshot } from '../../core/snapshot.ts';
import type { Waiter } from '../../core/waiter.ts';
import type { CommandHost } from '../commandHost.ts';
import { exitCode, printJson, type Context } from '../context.ts';
import { addFilterOptions, lockFilter, type FilterOptions } from '../filterOptions.ts';
import { deadlockJson, lockJson, waiterJson } from '../../manager/lockJson.ts';
import { lockTable, type TableForm } from '../lockTable.ts';
import { idText, table } from '../lockText.ts';

interface Options extends FilterOptions {
  readonly long?: true;
}

export function listCommand({ program, run }: CommandHost): void {
  const command = program
    .command('list')
    .description('show every lock: holder, scope, age, whether it is alive and how we know');
  addFilterOptions(command)
    .option('-l, --long', 'also mode, expiry, token and reason')
    .action(async (options: Options) => {
      await run(command, async (context) => {
        const { manager, streams, json } = context;
        const filter = lockFilter(options, context);
        const snapshot = await manager.refresh();
        const shown = shownOf(snapshot, filter, { now: manager.os.now(), caseRule: manager.caseRule });
        if (manager.problem) streams.err(`wlock: ${manager.problem.message}\n`);
        if (json) printSnapshot(context, shown);
        else if (shown.locks.length + shown.waiters.length === 0) streams.out(nothingText(context, snapshot, filter));
        else streams.out(snapshotText(context, shown, options.long ? 'long' : 'short'));
        return exitCode.done;
      });
    });
}

function printSnapshot(
  { manager, streams }: Context,
  { locks, waiters, waits, deadlocks, conflicts, hints }: Shown,
): void {
  printJson(streams, {
    root: manager.root.path,
    locks: locks.map(lockJson),
    waiters: waiters.map((waiter) =>
      waiterJson(
        waiter,
        waits.find((wait) => wait.waiter === waiter),
      ),
    ),
    deadlocks: deadlocks.map(deadlockJson),
    conflicts: conflicts.map(({ a, b }) => {
      const theirs = ScopeIndex.of([[b.scope, b]], manager.caseRule);
      return { a: a.id, b: b.id, scope: a.scope.filter((entry) => theirs.overlapping([entry]).length > 0) };
    }),
    hints,
    problems: manager.problem ? [manager.problem.message] : [],
  });
}

function nothingText({ manager }: Context, { locks }: Snapshot, filter: LockFilter): string {
  const root = manager.root.path;
  return isEmptyFilter(filter) || locks.length === 0
    ? `No locks in ${root}.\n`
    : `None of the ${locks.length} locks in ${root} matches.\n`;
}

function snapshotText({ manager, streams: { paintOut: paint } }: Context, shown: Shown, form: TableForm): string {
  const root = manager.root.path;
  const now = manager.os.now();
  const notes = shown.locks
    .filter((lock) => lock.verdict !== 'live')
    .map((lock) => `${idText(lock)}: ${verdictSentence(lock)}\n`);
  const named = (lock: Lock): string => `${holderOf(lock)} (${describeLock(lock, root)}, ${idText(lock)})`;
  const conflicts = shown.conflicts.map(
    ({ a, b }) => `${paint('bad', 'CONFLICT:')} ${named(a)} and ${named(b)} overlap.\n`,
  );
  const deadlocks = shown.deadlocks.map((deadlock) => `${deadlockSentence(deadlock, root)} ${deadlockAdvice}\n`);
  return [
    shown.locks.length === 0 ? '' : lockTable(shown.locks, form, { root, now, paint }),
    ...notes,
    waitersText(shown, root, now),
    ...conflicts,
    ...deadlocks,
    ...shown.locks.flatMap((lock) =>
      (lock.unseenBy ?? []).map(({ protocol, because }) => `${named(lock)} is not seen by ${protocol}: ${because}.\n`),
    ),
    ...shown.hints.map(({ says }) => `${paint('doubtful', 'HINT:')} ${says}\n`),
  ].join('');
}

function waitersText({ waiters, waits }: Shown, root: string, now: number): string {
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

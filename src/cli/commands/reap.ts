import { whyNotReap } from '../../core/habits.ts';
import type { Lock } from '../../core/lock.ts';
import { matches } from '../../core/lockFilter.ts';
import { describeLock, nameOf, verdictSentence } from '../../core/sentences.ts';
import type { CommandHost } from '../commandHost.ts';
import { exitCode, printJson, type Context, type ExitCode } from '../context.ts';
import { addHolderOption, addOlderThanOption, lockFilter, type FilterOptions } from '../filterOptions.ts';
import { lockJson } from '../../manager/lockJson.ts';
import { idText } from '../lockText.ts';

interface Options extends FilterOptions {
  readonly dryRun: boolean;
}

export function reapCommand({ program, run }: CommandHost): void {
  const command = program
    .command('reap')
    .description('delete locks whose holders are proven gone, each proven again before it goes')
    .argument('[id...]', 'only these; without any, all that are stale');
  addOlderThanOption(addHolderOption(command))
    .option('--dry-run', 'only show what would go, and why', false)
    .action(async (ids: string[], options: Options) => {
      await run(command, (context) => reap(context, ids, options));
    });
}

async function reap(context: Context, ids: readonly string[], options: Options): Promise<ExitCode> {
  const { manager } = context;
  const { dryRun } = options;
  const filter = lockFilter(options, context);
  await manager.refresh();
  const now = manager.os.now();
  const isWanted = (lock: Lock): boolean => matches(lock, filter, { now, caseRule: manager.caseRule });
  const named = new Set(ids.map((id) => manager.find(id)));
  const stale = manager.snapshot.locks.filter((lock) => lock.verdict === 'stale' && isWanted(lock));
  const reaped: Lock[] = [];
  const kept: Lock[] = [];
  for (const lock of ids.length > 0 ? named : stale) {
    // The selectors only ever narrow: what is not stale stays, however old it is.
    if (lock.verdict !== 'stale' || !isWanted(lock)) kept.push(lock);
    else if (whyNotReap(lock) !== undefined) kept.push(lock);
    else if (dryRun) reaped.push(lock);
    else await reapOne(context, lock, reaped, kept);
  }
  report(context, dryRun, reaped, kept);
  // Somebody who names a lock wants to know that it is still there.
  return kept.length > 0 && ids.length > 0 ? exitCode.conflict : exitCode.done;
}

async function reapOne({ manager }: Context, lock: Lock, reaped: Lock[], kept: Lock[]): Promise<void> {
  const outcome = await manager.reap(lock);
  switch (outcome.kind) {
    case 'reaped':
      reaped.push(outcome.lock);
      return;
    case 'still-live': // taken again, or found alive, since we looked
      kept.push(outcome.lock);
      return;
    case 'gone': // somebody else was faster
  }
}

function report(
  { manager, json, streams }: Context,
  dryRun: boolean,
  reaped: readonly Lock[],
  kept: readonly Lock[],
): void {
  if (json) {
    printJson(streams, { ok: true, dryRun, reaped: reaped.map(lockJson), kept: kept.map(lockJson) });
    return;
  }
  const named = (lock: Lock): string => `${idText(lock)} (${nameOf(lock)}, ${describeLock(lock, manager.root.path)})`;
  for (const lock of reaped) {
    streams.out(`${dryRun ? 'Would reap' : 'Reaped'} ${named(lock)}: ${verdictSentence(lock)}\n`);
  }
  for (const lock of kept) {
    const why =
      lock.verdict === 'stale'
        ? (whyNotReap(lock) ?? 'Its holder is gone, but --holder or --older-than leaves it out.')
        : undefined;
    streams.out(`Kept ${named(lock)}: ${why ?? verdictSentence(lock)}\n`);
  }
  if (reaped.length + kept.length === 0) streams.err('No stale locks.\n');
}

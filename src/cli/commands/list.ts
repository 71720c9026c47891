import type { Lock } from '../../core/lock.ts';
import { isEmptyFilter, matches, type LockFilter } from '../../core/lockFilter.ts';
import { ScopeIndex } from '../../core/scope/scopeIndex.ts';
import { verdictSentence } from '../../core/sentences.ts';
import type { Snapshot } from '../../core/snapshot.ts';
import type { CommandHost } from '../commandHost.ts';
import { exitCode, printJson, type Context } from '../context.ts';
import { addFilterOptions, lockFilter, type FilterOptions } from '../filterOptions.ts';
import { lockJson } from '../lockJson.ts';
import { lockTable, type TableForm } from '../lockTable.ts';
import { holderText, idText, scopeText } from '../lockText.ts';

interface Options extends FilterOptions {
  readonly long?: true;
}

/** What a filter leaves of a picture; an index of it is nobody's need here. */
type Shown = Omit<Snapshot, 'index'>;

export function listCommand({ program, run }: CommandHost): void {
  const command = program
    .command('list')
    .description('show every lock: holder, scope, age, whether it is alive and how we know');
  addFilterOptions(command)
    .option('-l, --long', 'also mode, expiry, token and reason')
    .action(async (options: Options) => {
      await run(command, async (context) => {
        const filter = lockFilter(options, context);
        const snapshot = await context.manager.refresh();
        const shown = shownOf(snapshot, filter, context);
        if (context.json) printSnapshot(context, shown);
        else if (shown.locks.length === 0) context.streams.out(nothingText(context, snapshot, filter));
        else context.streams.out(snapshotText(context, shown, options.long ? 'long' : 'short'));
        return exitCode.done;
      });
    });
}

/** Conflicts only among what is shown: one with a lock that is not there could not be understood. */
function shownOf({ index, ...snapshot }: Snapshot, filter: LockFilter, { manager }: Context): Shown {
  const context = { now: manager.os.now(), caseRule: manager.caseRule };
  const locks = snapshot.locks.filter((lock) => matches(lock, filter, context));
  const isShown = new Set(locks);
  return { ...snapshot, locks, conflicts: snapshot.conflicts.filter(({ a, b }) => isShown.has(a) && isShown.has(b)) };
}

function printSnapshot({ manager, streams }: Context, { locks, conflicts }: Shown): void {
  printJson(streams, {
    root: manager.root.path,
    locks: locks.map(lockJson),
    waiters: [],
    conflicts: conflicts.map(({ a, b }) => {
      const theirs = ScopeIndex.of([[b.scope, b]], manager.caseRule);
      return { a: a.id, b: b.id, scope: a.scope.filter((entry) => theirs.overlapping([entry]).length > 0) };
    }),
  });
}

function nothingText({ manager }: Context, { locks }: Snapshot, filter: LockFilter): string {
  const root = manager.root.path;
  return isEmptyFilter(filter) || locks.length === 0
    ? `No locks in ${root}.\n`
    : `None of the ${locks.length} locks in ${root} matches.\n`;
}

function snapshotText({ manager }: Context, { locks, conflicts }: Shown, form: TableForm): string {
  const root = manager.root.path;
  const notes = locks
    .filter((lock) => lock.verdict !== 'live')
    .map((lock) => `${idText(lock)}: ${verdictSentence(lock)}\n`);
  const named = (lock: Lock): string => `${holderText(lock)} (${scopeText(lock, root)}, ${idText(lock)})`;
  const clashes = conflicts.map(({ a, b }) => `CONFLICT: ${named(a)} and ${named(b)} overlap.\n`);
  return [lockTable(locks, form, { root, now: manager.os.now() }), ...notes, ...clashes].join('');
}

import type { Command } from 'commander';
import type { Lock } from '../../core/lock.ts';
import { ScopeIndex } from '../../core/scope/scopeIndex.ts';
import { formatAge, verdictSentence } from '../../core/sentences.ts';
import type { Snapshot } from '../../core/snapshot.ts';
import type { CommandHost } from '../commandHost.ts';
import { exitCode, printJson, type Context } from '../context.ts';
import { lockJson } from '../lockJson.ts';
import { holderText, idText, scopeText, table } from '../lockText.ts';

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
    waiters: [],
    conflicts: snapshot.conflicts.map(({ a, b }) => {
      const theirs = ScopeIndex.of([[b.scope, b]], manager.caseRule);
      return { a: a.id, b: b.id, scope: a.scope.filter((entry) => theirs.overlapping([entry]).length > 0) };
    }),
  });
}

function snapshotText({ manager }: Context, snapshot: Snapshot): string {
  const root = manager.root.path;
  if (snapshot.locks.length === 0) return `No locks in ${root}.\n`;
  const now = manager.os.now();
  const rows = snapshot.locks.map((lock) => [
    holderText(lock) + (lock.mine ? ' (mine)' : ''),
    scopeText(lock, root),
    formatAge(lock, now),
    lock.verdict,
    idText(lock),
  ]);
  const notes = snapshot.locks
    .filter((lock) => lock.verdict !== 'live')
    .map((lock) => `${idText(lock)}: ${verdictSentence(lock)}\n`);
  const named = (lock: Lock): string => `${holderText(lock)} (${scopeText(lock, root)}, ${idText(lock)})`;
  const conflicts = snapshot.conflicts.map(({ a, b }) => `CONFLICT: ${named(a)} and ${named(b)} overlap.\n`);
  return [table([['HOLDER', 'SCOPE', 'AGE', 'STATE', 'ID'], ...rows]), ...notes, ...conflicts].join('');
}

import type { Lock } from '../../core/lock.ts';
import { describeEntry } from '../../core/scope/describeEntry.ts';
import type { ScopeEntry } from '../../core/scope/entry.ts';
import type { ScopePart } from '../../manager/scopeParts.ts';
import type { CommandHost } from '../commandHost.ts';
import { exitCode, printJson, type Context, type ExitCode } from '../context.ts';
import { lockJson } from '../../manager/lockJson.ts';
import { locksText } from '../lockText.ts';
import { addScopeOptions, readScope, scopeParts, type ScopeOptions } from '../scopeOptions.ts';

export function checkCommand({ program, run }: CommandHost): void {
  const command = program
    .command('check')
    .description('say whether somebody else has locked these; exit code 3 if so')
    .argument('[path...]', 'files or directories, or patterns');
  addScopeOptions(command).action(async (paths: string[], options: ScopeOptions) => {
    await run(command, (context) => check(context, [...paths, ...scopeParts(options)]));
  });
}

async function check(context: Context, parts: readonly ScopePart[]): Promise<ExitCode> {
  const { manager, streams, json } = context;
  const { paintOut: paint } = streams;
  // Each for itself, as together they may be more than one lock can be on; of none, the reader says that there is none.
  const entries = parts.length === 0 ? readScope(context, []) : parts.flatMap((part) => readScope(context, [part]));
  await manager.refresh();
  manager.assertClusterIsRead();
  if (manager.problem) streams.err(`wlock: ${manager.problem.message}\n`);
  const results: { readonly entry: ScopeEntry; readonly locks: readonly Lock[] }[] = [];
  for (const entry of entries) {
    results.push({ entry, locks: (await manager.blockersOf([entry])).filter(({ mine }) => !mine) });
  }
  const locked = results.filter(({ locks }) => locks.length > 0);
  if (json) {
    const paths = results.map(({ entry, locks }) => ({
      scope: entry,
      locked: locks.length > 0,
      locks: locks.map(lockJson),
    }));
    printJson(streams, { root: manager.root.path, locked: locked.length > 0, paths });
  } else {
    for (const { entry, locks } of results) {
      const name = describeEntry(entry, manager.root.path);
      if (locks.length === 0) streams.out(`${name}: ${paint('good', 'free')}\n`);
      else streams.out(`${name}: ${paint('bad', 'locked')}\n${locksText(locks, manager.root.path, manager.os.now())}`);
    }
  }
  return locked.length > 0 ? exitCode.conflict : exitCode.done;
}

import type { Snapshot, SnapshotDiff } from '../../core/snapshot.ts';
import type { CommandHost } from '../commandHost.ts';
import { exitCode, printJson, type Context, type ExitCode } from '../context.ts';
import { Interruption } from '../interruption.ts';
import { deadlockJson, lockJson, waiterJson } from '../../manager/lockJson.ts';

export function watchCommand({ program, run }: CommandHost): void {
  const command = program
    .command('watch')
    .description('print one JSON line for each change, until it is interrupted; first what there is')
    .action(async () => {
      await run(command, watch);
    });
}

async function watch(context: Context): Promise<ExitCode> {
  const { manager, streams } = context;
  const print = (event: object): void => {
    printJson(streams, { at: new Date(manager.os.now()).toISOString(), ...event });
  };
  manager.onDidChange((diff) => {
    for (const event of eventsOf(diff, manager.snapshot)) print(event);
  });
  manager.onDidChangeProblem((problem) => {
    if (problem) print({ event: 'problem', message: problem.message });
  });
  manager.watch();
  await manager.refresh();
  print({ event: 'watching', root: manager.root.path }); // what came before was there already
  using interruption = new Interruption();
  await untilAborted(interruption.signal);
  return exitCode.done;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const keepRunning = setInterval(() => undefined, 2 ** 30); // the watchers alone keep no process alive
    signal.addEventListener('abort', () => {
      clearInterval(keepRunning);
      resolve();
    });
  });
}

/** What went comes before what came, so that a reader who keeps a table never has two holders in it by our order. */
function eventsOf(diff: SnapshotDiff, { waits }: Snapshot): readonly object[] {
  const waitOf = (id: string): (typeof waits)[number] | undefined => waits.find(({ waiter }) => waiter.id === id);
  return [
    ...diff.deadlocks.removed.map((deadlock) => ({ event: 'deadlock-over', deadlock: deadlockJson(deadlock) })),
    ...diff.conflicts.removed.map(({ a, b }) => ({ event: 'conflict-over', a: a.id, b: b.id })),
    ...diff.waiters.removed.map((waiter) => ({ event: 'left-queue', waiter: waiterJson(waiter) })),
    ...diff.removed.map((lock) => ({ event: 'unlocked', lock: lockJson(lock) })),
    ...diff.changed.map(({ after }) => ({ event: 'changed', lock: lockJson(after) })),
    ...diff.added.map((lock) => ({ event: 'locked', lock: lockJson(lock) })),
    ...diff.waiters.added.map((waiter) => ({ event: 'waiting', waiter: waiterJson(waiter, waitOf(waiter.id)) })),
    ...diff.conflicts.added.map(({ a, b }) => ({ event: 'conflict', a: a.id, b: b.id })),
    ...diff.deadlocks.added.map((deadlock) => ({ event: 'deadlock', deadlock: deadlockJson(deadlock) })),
  ];
}

import type { Lock } from '../../core/lock.ts';
import type { ScopePart } from '../../manager/scopeParts.ts';
import { waitUntil } from '../../manager/waitUntil.ts';
import type { CommandHost } from '../commandHost.ts';
import { exitCode, printJson, type Context, type ExitCode } from '../context.ts';
import { parseDuration } from '../duration.ts';
import { reportInterruption } from '../interrupted.ts';
import { interruptible } from '../interruption.ts';
import { reportRefusal } from '../refusal.ts';
import { WaitTalk } from '../waitOptions.ts';
import { addScopeOptions, readScope, scopeParts, type ScopeOptions } from '../scopeOptions.ts';

interface Options extends ScopeOptions {
  readonly timeout?: number;
}

export function waitCommand({ program, run }: CommandHost): void {
  const command = program
    .command('wait')
    .description('wait until nobody else has locked these; takes no lock (acquire --wait does)')
    .argument('[path...]', 'files or directories, or patterns');
  addScopeOptions(command)
    .option('--timeout <time>', 'for so long at most, such as 5m; exit code 4 then', parseDuration)
    .action(async (paths: string[], options: Options) => {
      await run(command, (context) => wait(context, [...paths, ...scopeParts(options)], options));
    });
}

async function wait(context: Context, parts: readonly ScopePart[], { timeout }: Options): Promise<ExitCode> {
  const { manager, streams, json } = context;
  const scope = readScope(context, parts);
  const begunAt = performance.now();
  const talk = new WaitTalk(context);
  const locksOfOthers = async (): Promise<readonly Lock[]> => {
    manager.assertClusterIsRead(); // what cannot be asked may not come back, and who waits for it should know
    return (await manager.blockersOf(scope)).filter(({ mine }) => !mine);
  };
  const isFree = async (): Promise<boolean> => {
    const locks = await locksOfOthers();
    if (locks.length > 0) talk.onWaiting({ kind: 'conflict', locks, waiters: [], timedOut: false });
    return locks.length === 0;
  };
  const done = await interruptible((signal) =>
    waitUntil(manager, isFree, { timeoutMs: timeout ?? Infinity, signal }),
  ).finally(() => talk.end());
  if (typeof done === 'number') return reportInterruption(context, done);
  if (!done) {
    const locks = await locksOfOthers();
    return reportRefusal(context, { kind: 'conflict', locks, waiters: [], timedOut: true });
  }
  if (json) printJson(streams, { ok: true, waitedMs: Math.round(performance.now() - begunAt) });
  return exitCode.done;
}

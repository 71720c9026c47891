import { LockError } from '../../core/errors.ts';
import { formatDuration } from '../../core/sentences.ts';
import { boundProcess } from '../../manager/keeper/boundProcess.ts';
import { KeeperClient } from '../../manager/keeper/keeperClient.ts';
import type { Answer, Bound, KeptLock } from '../../manager/keeper/messages.ts';
import type { CommandHost } from '../commandHost.ts';
import { exitCode, printJson, type Context, type ExitCode } from '../context.ts';
import { parseDuration, parsePid } from '../duration.ts';
import { lockJson } from '../../manager/lockJson.ts';
import { reportInterruption } from '../interrupted.ts';
import { interruptible } from '../interruption.ts';
import { keeperFile } from '../keeperFile.ts';
import { reportRefusal } from '../refusal.ts';
import { addScopeOptions, readScope, scopeParts, type ScopeOptions } from '../scopeOptions.ts';
import { addWaitOptions, waitRequest, WaitTalk, type WaitOptions } from '../waitOptions.ts';

interface Options extends ScopeOptions, WaitOptions {
  readonly holder?: string;
  readonly pid?: number;
  readonly ttl?: number;
  readonly reason?: string;
  readonly shared: boolean;
}

export function acquireCommand({ program, run }: CommandHost): void {
  const command = program.command('acquire').description('take a lock that a keeper process holds for you');
  addWaitOptions(addScopeOptions(command))
    .option('--holder <name>', 'who holds it (default: your user name)')
    .option('--pid <pid>', 'hold it as long as this process lives', parsePid)
    .option('--ttl <time>', 'hold it for so long, such as 30s, 10m, 2h', parseDuration)
    .option('--reason <text>', 'why, for others to read')
    .option('--shared', 'other shared locks may overlap', false)
    .action(async (options: Options) => {
      await run(command, (context) => acquire(context, options));
    });
}

async function acquire(context: Context, options: Options): Promise<ExitCode> {
  const { manager } = context;
  const bound = await boundOf(context, options);
  const scope = readScope(context, scopeParts(options));
  const keeper = await KeeperClient.start(
    keeperFile,
    { root: manager.root.path, session: manager.session, bound },
    { onLost: () => undefined, onExit: () => undefined }, // both end the request below, which reports it
  );
  try {
    const talk = new WaitTalk(context);
    const answer = await interruptible((signal) =>
      keeper.acquire(
        {
          scope,
          mode: options.shared ? 'shared' : 'exclusive',
          holder: options.holder ?? manager.os.identity().user,
          tool: 'wlock acquire',
          ...(options.reason === undefined ? {} : { reason: options.reason }),
          ...(options.ttl === undefined ? {} : { ttlMs: options.ttl }),
          ...waitRequest(options),
        },
        { onWaiting: talk.onWaiting, signal },
      ),
    ).finally(() => talk.end());
    if (typeof answer === 'number') return reportInterruption(context, answer);
    if (answer.kind === 'acquired') talk.tellDone();
    const print = await prepareReport(context, options, answer);
    const code = print();
    // Only now: whoever kills us before we have printed leaves no lock that nobody knows of. Killed between these lines,
    // we have printed a lock that is given back, but our exit status says that we failed.
    if (answer.kind === 'acquired') await keeper.keep();
    return code;
  } finally {
    // Also after a failure: a keeper on the other end of an open channel would keep this process from ending.
    keeper.disconnect();
  }
}

/**
 * A default of "the process that called us" would be dead at once in `$(…)`, in make and in the one-shot shells of
 * agents, so the caller has to say whose life ends the lock (DESIGN 6.1).
 */
async function boundOf({ manager }: Context, { pid, ttl }: Options): Promise<Bound> {
  if (pid === undefined && ttl === undefined) {
    throw new LockError(
      'usage',
      'How long shall the lock be held? Give --pid or --ttl.',
      'For the time of one command: wlock run --scope … -- COMMAND',
    );
  }
  if (pid === undefined) return { kind: 'one-lock' };
  const process = await boundProcess(manager.os, pid);
  if (!process) {
    throw new LockError(
      'usage',
      `Process ${pid} is not running, so it cannot hold a lock.`,
      'Give the number of a living process.',
    );
  }
  return { kind: 'one-lock', process };
}

async function prepareReport(context: Context, options: Options, answer: Answer): Promise<() => ExitCode> {
  const { streams, json } = context;
  switch (answer.kind) {
    case 'acquired': {
      const { lock } = answer;
      const shown = json ? await asJson(context, lock) : undefined;
      return () => {
        if (shown) printJson(streams, { ok: true, lock: shown });
        else streams.out(`${lock.id}\n`);
        if (!shown && streams.isTerminal) {
          streams.err(`Locked ${heldFor(options)}. Release: wlock release ${lock.id} --token ${lock.token}\n`);
        }
        return exitCode.done;
      };
    }
    case 'conflict':
      return () => reportRefusal(context, answer);
    case 'done':
    case 'gone':
    case 'failed':
      throw new LockError('keeper-failed', 'The keeper gave no usable answer.', 'Run wlock doctor.');
  }
}

function heldFor({ pid, ttl }: Options): string {
  const parts = [
    ...(pid === undefined ? [] : [`while process ${pid} lives`]),
    ...(ttl === undefined ? [] : [`for ${formatDuration(ttl)} at most`]),
  ];
  return parts.join(', ');
}

/** The lock as everybody sees it now; it may have ended already, with a short TTL. */
async function asJson({ manager }: Context, kept: KeptLock): Promise<object> {
  const { locks } = await manager.refresh();
  const lock = locks.find((candidate) => candidate.id === kept.id);
  return lock ? lockJson(lock) : kept;
}

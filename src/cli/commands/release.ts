import { LockError } from '../../core/errors.ts';
import type { Lock } from '../../core/lock.ts';
import { adviceFor, nameOf, verdictSentence } from '../../core/sentences.ts';
import type { CommandHost } from '../commandHost.ts';
import { exitCode, printJson, type Context, type ExitCode } from '../context.ts';
import { lockJson } from '../lockJson.ts';
import { idText, scopeText } from '../lockText.ts';

interface Options {
  readonly token?: string;
}

export function releaseCommand({ program, run }: CommandHost): void {
  const command = program
    .command('release')
    .description('give a lock back')
    .argument('<id>', 'its id, or a unique beginning of it')
    .option('--token <token>', 'its token, unless it belongs to this session (WLOCK_SESSION)')
    .action(async (id: string, options: Options) => {
      await run(command, (context) => release(context, id, options));
    });
}

async function release(context: Context, id: string, options: Options): Promise<ExitCode> {
  const { manager, streams, json } = context;
  await manager.refresh();
  if (await manager.hasEnded(id)) return reportEnded(context, id);
  const lock = manager.find(id);
  // A lock of another tool has no token, so none can be given for it: "no token" must not equal "none needed".
  const hasToken = lock.token !== undefined && options.token === lock.token;
  if (!lock.mine && !hasToken) throw notYours(lock, options, manager.root.path);
  const outcome = await manager.forceRelease(lock, 'released');
  if (outcome.kind === 'changed') throw notYours(outcome.lock, options, manager.root.path);
  if (outcome.kind === 'gone') return reportEnded(context, id);
  if (json) printJson(streams, { ok: true, lock: lockJson(outcome.lock) });
  else streams.err(`Released ${idText(lock)}.\n`);
  return exitCode.done;
}

/** Releasing twice is fine: scripts release in their exit handlers too. */
function reportEnded({ streams, json }: Context, id: string): ExitCode {
  if (json) printJson(streams, { ok: true, lock: null });
  else streams.err(`${JSON.stringify(id)} is not locked any more.\n`);
  return exitCode.done;
}

function notYours(lock: Lock, { token }: Options, root: string): LockError {
  if (lock.token === undefined) {
    const sentence = `${idText(lock)} was not taken with wlock, so it is not released with it. ${verdictSentence(lock)}`;
    return new LockError('not-yours', sentence, adviceFor(lock));
  }
  const whose = `${scopeText(lock, root)} is held by ${nameOf(lock)}`;
  return new LockError(
    'not-yours',
    token === undefined ? `${whose}, in another session.` : `${whose} under another token than ${token}.`,
    `Give its token with --token (acquire --json prints it), or decide over its holder's head: wlock force-release ${idText(lock)}`,
  );
}

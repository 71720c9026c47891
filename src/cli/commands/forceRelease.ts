import { LockError } from '../../core/errors.ts';
import type { Lock } from '../../core/lock.ts';
import { describeLock, formatAge, nameOf, verdictSentence } from '../../core/sentences.ts';
import type { CommandHost } from '../commandHost.ts';
import { confirm } from '../confirm.ts';
import { exitCode, printJson, type Context, type ExitCode } from '../context.ts';
import { lockJson } from '../../manager/lockJson.ts';
import { idText } from '../lockText.ts';

interface Options {
  readonly yes: boolean;
}

export function forceReleaseCommand({ program, run }: CommandHost): void {
  const command = program
    .command('force-release')
    .description('delete a lock that is not proven stale; its holder is told, but may be writing')
    .argument('<id>', 'its id, or a unique beginning of it')
    .option('--yes', 'do not ask', false)
    .action(async (id: string, options: Options) => {
      await run(command, (context) => forceRelease(context, id, options));
    });
}

async function forceRelease(context: Context, id: string, options: Options): Promise<ExitCode> {
  const { manager, streams, json } = context;
  await manager.refresh();
  const lock = manager.find(id);
  const question = {
    needs: 'force-release needs a confirmation.',
    shows: describe(lock, context),
    asks: 'Type yes to delete this lock: ',
  };
  if (!options.yes && !(await confirm(question, context))) {
    streams.err('Nothing was changed.\n');
    return exitCode.failure;
  }
  const outcome = await manager.forceRelease(lock);
  switch (outcome.kind) {
    case 'released':
      if (json) printJson(streams, { ok: true, lock: lockJson(outcome.lock) });
      else streams.err(`Released ${idText(lock)} over its holder's head.\n`);
      return exitCode.done;
    case 'changed':
      throw new LockError(
        'not-found',
        `${idText(lock)} is now another lock, of ${nameOf(outcome.lock)}; nothing was changed.`,
        'Look again with wlock list.',
      );
    case 'gone':
      if (json) printJson(streams, { ok: true, lock: null });
      else streams.err(`${idText(lock)} is not locked any more.\n`);
      return exitCode.done;
  }
}

function describe(lock: Lock, { manager }: Context): string {
  const root = manager.root.path;
  return (
    `${nameOf(lock)} has locked ${describeLock(lock, root)} for ${formatAge(lock, manager.os.now())}.\n` +
    `${verdictSentence(lock)}\nIf it is still writing, two writers will be at work.\n`
  );
}

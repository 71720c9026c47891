import { LockError } from '../../core/errors.ts';
import { hasToken, type Lock } from '../../core/lock.ts';
import { formatDuration, nameOf } from '../../core/sentences.ts';
import { askToRenew } from '../../manager/askToRenew.ts';
import type { CommandHost } from '../commandHost.ts';
import { exitCode, printJson, type Context, type ExitCode } from '../context.ts';
import { parseDuration } from '../duration.ts';
import { lockJson } from '../../manager/lockJson.ts';
import { idText } from '../lockText.ts';

interface Options {
  readonly ttl?: number;
  readonly token?: string;
}

export function renewCommand({ program, run }: CommandHost): void {
  const command = program
    .command('renew')
    .description('hold a lock with a TTL for longer, counted from now')
    .argument('<id>', 'its id, or a unique beginning of it')
    .option('--ttl <time>', 'for so long, such as 10m (default: as long as before)', parseDuration)
    .option('--token <token>', 'its token, unless it belongs to this session (WLOCK_SESSION)')
    .action(async (id: string, options: Options) => {
      await run(command, (context) => renew(context, id, options));
    });
}

async function renew(context: Context, id: string, { ttl, token }: Options): Promise<ExitCode> {
  const { manager, streams, json } = context;
  await manager.refresh();
  const lock = manager.find(id);
  assertAllowed(lock, token);
  const ttlMs = ttl ?? lock.ttlMs;
  if (lock.expiresAt === undefined || ttlMs === undefined) {
    throw new LockError(
      'usage',
      `${idText(lock)} of ${nameOf(lock)} has no TTL, so there is nothing to renew.`,
      'It is held until it is released or its holder ends.',
    );
  }
  const renewed = await askToRenew(manager, lock, ttlMs);
  if (json) printJson(streams, { ok: true, lock: lockJson(renewed) });
  else streams.err(`Renewed ${idText(lock)} for ${formatDuration(ttlMs)}.\n`);
  return exitCode.done;
}

function assertAllowed(lock: Lock, token: string | undefined): void {
  if (lock.mine || (token !== undefined && hasToken(lock, token))) return;
  throw new LockError(
    'not-yours',
    `${idText(lock)} is held by ${nameOf(lock)}, in another session.`,
    'Give its token with --token; acquire --json prints it.',
  );
}

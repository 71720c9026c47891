import { fencingToken, blocks, type Lock } from '../../core/lock.ts';
import { matches, type LockFilter } from '../../core/lockFilter.ts';
import { describeLock, nameOf, verdictSentence } from '../../core/sentences.ts';
import { lossSentence } from '../../manager/lossSentence.ts';
import { verifyLock, type Verification } from '../../manager/verify.ts';
import type { CommandHost } from '../commandHost.ts';
import { exitCode, printJson, type Context, type ExitCode } from '../context.ts';
import { addCoveringOption, lockFilter } from '../filterOptions.ts';
import { lockJson } from '../../manager/lockJson.ts';
import { idText } from '../lockText.ts';

interface Options {
  readonly covering?: string;
}

type NotHeld = Extract<Verification, { held: false }>;

export function verifyCommand({ program, run }: CommandHost): void {
  const command = program
    .command('verify')
    .description('say whether a lock is held now under this token, so that a resource can refuse a late writer')
    .argument('<id>', 'its id (WLOCK_ID)')
    .argument('<token>', 'its token (WLOCK_TOKEN)');
  addCoveringOption(command, 'what it protected, to say who holds that now if the lock is gone').action(
    async (id: string, token: string, options: Options) => {
      await run(command, (context) => verify(context, id, token, options));
    },
  );
}

async function verify(context: Context, id: string, token: string, options: Options): Promise<ExitCode> {
  const { manager, streams, json } = context;
  const guarded = lockFilter(options, context);
  const verification = await verifyLock(manager, id, token);
  if (verification.held) {
    const { lock } = verification;
    if (json) printJson(streams, { ok: true, held: true, lock: lockJson(lock) });
    else streams.out(`Held by ${nameOf(lock)}: ${describeLock(lock, manager.root.path)}.\n`);
    return exitCode.done;
  }
  const holders = holdersNow(context, verification, guarded);
  if (json) printJson(streams, { ok: true, held: false, ...notHeldJson(verification), holders: holders.map(lockJson) });
  else streams.out(`Not held: ${notHeldText(verification, id)}\n${holdersText(context, holders)}`);
  return exitCode.lost;
}

/** Who has what the lock protected. A lock that is gone took its scope with it, so then the caller has to say. */
function holdersNow({ manager }: Context, verification: NotHeld, guarded: LockFilter): readonly Lock[] {
  const own = verification.why === 'gone' ? undefined : verification.lock;
  const covering = guarded.covering ?? own?.scope;
  if (covering === undefined) return [];
  const context = { now: manager.os.now(), caseRule: manager.caseRule };
  return manager.snapshot.locks.filter((lock) => blocks(lock) && matches(lock, { covering }, context));
}

function notHeldJson(verification: NotHeld): object {
  switch (verification.why) {
    case 'gone': {
      const { cause } = verification;
      if (cause.kind !== 'removed') return { why: 'gone' };
      const { event, by, at } = cause;
      return { why: 'gone', removed: { event, by, at: Number.isNaN(at) ? undefined : new Date(at).toISOString() } };
    }
    case 'stale':
    case 'other-token':
      return { why: verification.why, lock: lockJson(verification.lock) };
  }
}

function notHeldText(verification: NotHeld, id: string): string {
  switch (verification.why) {
    case 'gone':
      return verification.cause.kind === 'removed'
        ? `${JSON.stringify(id)} was ${lossSentence(verification.cause)}.`
        : `there is no lock ${JSON.stringify(id)}, and the journal does not say how it ended.`;
    case 'stale':
      return verdictSentence(verification.lock);
    case 'other-token': {
      const { lock } = verification;
      const current = fencingToken(lock);
      return `${idText(lock)} has ${current === undefined ? 'no token' : `the token ${current}`}.`;
    }
  }
}

function holdersText({ manager }: Context, holders: readonly Lock[]): string {
  const root = manager.root.path;
  return holders
    .map((lock) => `${describeLock(lock, root)} is now held by ${nameOf(lock)} (${idText(lock)}).\n`)
    .join('');
}

import { LockError } from '../../core/errors.ts';
import { blocks, hasToken, type Lock } from '../../core/lock.ts';
import { adviceFor, describeLock, nameOf, verdictSentence } from '../../core/sentences.ts';
import type { CommandHost } from '../commandHost.ts';
import { exitCode, printJson, type Context, type ExitCode } from '../context.ts';
import { lockJson } from '../../manager/lockJson.ts';
import { idText } from '../lockText.ts';

interface Options {
  readonly token?: string;
  readonly holder?: string;
  readonly all?: true;
}

/** Which locks somebody wants to give back. */
type Selection =
  | { readonly by: 'id'; readonly ids: readonly string[] }
  | { readonly by: 'holder'; readonly name: string }
  | { readonly by: 'session' };

export function releaseCommand({ program, run }: CommandHost): void {
  const command = program
    .command('release')
    .description('give locks back')
    .argument('[id...]', 'their ids, or unique beginnings of them')
    .option('--token <token>', "the lock's token, unless it belongs to this session (WLOCK_SESSION)")
    .option('--holder <name>', 'all of this holder in this session; the whole name, exactly as list shows it')
    .option('--all', 'all of this session')
    .action(async (ids: string[], options: Options) => {
      await run(command, (context) => release(context, selectionOf(ids, options), options));
    });
}

function selectionOf(ids: readonly string[], { holder, all, token }: Options): Selection {
  const ways = [ids.length > 0, holder !== undefined, all !== undefined].filter(Boolean).length;
  if (ways !== 1) {
    const message = ways === 0 ? 'Which lock?' : 'Ids, --holder and --all exclude each other.';
    throw new LockError('usage', message, 'Give one or more ids, or --holder NAME, or --all.');
  }
  if (token !== undefined && ids.length !== 1) {
    throw new LockError('usage', 'A token belongs to one lock.', 'Give its id with it: wlock release ID --token TOKEN');
  }
  if (holder !== undefined) return { by: 'holder', name: holder };
  return all === undefined ? { by: 'id', ids } : { by: 'session' };
}

/** All or nothing where somebody may not: what has been given back could not be taken back. */
async function release(context: Context, selection: Selection, options: Options): Promise<ExitCode> {
  const { manager } = context;
  await manager.refresh();
  const { locks, ended } = await select(context, selection);
  for (const lock of locks) if (!isReleasable(lock, options)) throw notYours(lock, options, manager.root.path);
  const released: Lock[] = [];
  for (const lock of locks) {
    const outcome = await manager.forceRelease(lock, 'released');
    if (outcome.kind === 'changed') throw notYours(outcome.lock, options, manager.root.path);
    if (outcome.kind === 'released') released.push(outcome.lock);
    else ended.push(lock.id);
  }
  report(context, selection, released, ended);
  return exitCode.done;
}

interface Selected {
  readonly locks: readonly Lock[];
  /** Releasing twice is fine: scripts release in their exit handlers too. */
  readonly ended: string[];
}

async function select({ manager }: Context, selection: Selection): Promise<Selected> {
  switch (selection.by) {
    case 'id': {
      const locks = new Set<Lock>();
      const ended: string[] = [];
      for (const id of selection.ids) {
        if (await manager.hasEnded(id)) ended.push(id);
        else locks.add(manager.find(id));
      }
      return { locks: [...locks], ended };
    }
    case 'holder': {
      // A dead lock of an earlier session with this name is nobody's any more: reaping is for those.
      const locks = manager.snapshot.locks.filter(
        (lock) => lock.holder.name === selection.name && (lock.mine || blocks(lock)),
      );
      return { locks, ended: [] };
    }
    case 'session':
      return { locks: manager.snapshot.locks.filter(({ mine }) => mine), ended: [] };
  }
}

/** A lock of another tool has no token, so none can be given for it: "no token" must not equal "none needed". */
function isReleasable(lock: Lock, { token }: Options): boolean {
  return lock.mine || (token !== undefined && hasToken(lock, token));
}

function report(
  { streams, json }: Context,
  selection: Selection,
  released: readonly Lock[],
  ended: readonly string[],
): void {
  if (json) {
    const locks = released.map(lockJson);
    printJson(streams, { ok: true, ...(isSingle(selection) ? { lock: locks[0] ?? null } : {}), locks });
    return;
  }
  for (const lock of released) streams.err(`Released ${idText(lock)}.\n`);
  for (const id of ended) streams.err(`${JSON.stringify(id)} is not locked any more.\n`);
  if (released.length + ended.length === 0) streams.err(`${nothingToRelease(selection)}\n`);
}

/** Scripts that release one lock by its id read the key `lock`. */
function isSingle(selection: Selection): boolean {
  return selection.by === 'id' && selection.ids.length === 1;
}

function nothingToRelease(selection: Selection): string {
  return selection.by === 'holder'
    ? `${JSON.stringify(selection.name)} has no locks here.`
    : 'This session has no locks here.';
}

function notYours(lock: Lock, { token }: Options, root: string): LockError {
  if (lock.token === undefined) {
    const sentence = `${idText(lock)} was not taken with wlock, so it is not released with it. ${verdictSentence(lock)}`;
    return new LockError('not-yours', sentence, adviceFor(lock));
  }
  if (lock.verdict === 'stale') {
    const sentence = `${describeLock(lock, root)} was held by ${nameOf(lock)}, in another session. ${verdictSentence(lock)}`;
    return new LockError('not-yours', sentence, adviceFor(lock));
  }
  const whose = `${describeLock(lock, root)} is held by ${nameOf(lock)}`;
  return new LockError(
    'not-yours',
    token === undefined ? `${whose}, in another session.` : `${whose} under another token than ${token}.`,
    `Give its token with --token (acquire --json prints it), or decide over its holder's head: wlock force-release ${idText(lock)}`,
  );
}

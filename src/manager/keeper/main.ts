/** Entry point of the keeper process, `dist/keeper.cjs`. */
import { openLocks } from '../lockManager.ts';
import { openDoor } from './door.ts';
import { Keeper } from './keeper.ts';
import type { KeeperMessage, KeeperOptions, Request } from './messages.ts';

const options = JSON.parse(process.argv[2] ?? '') as KeeperOptions;
process.title = 'wlock keeper';

const send = (message: KeeperMessage): void => {
  // The other end may have gone; `disconnect` deals with that, so a message that finds nobody needs nothing.
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
};

// The timers of a held lock keep nothing alive, and the channel closes as soon as the lock is known to whoever asked.
setInterval(() => undefined, 2 ** 30);

async function keep(): Promise<void> {
  const manager = await openLocks({ root: options.root, session: options.session });
  let closeDoor: (() => void) | undefined;
  const keeper = new Keeper(manager, options.bound, send, () => {
    closeDoor?.();
    process.exit(0);
  });

  /** From `keep` on others may ask: until then, all that we hold may have to be given back. */
  const serve = async (request: Request): Promise<void> => {
    if (request.call.kind === 'keep' && options.bound.kind === 'session') {
      closeDoor = await openDoor(options.bound.door, (call) => keeper.serveAtDoor(call));
    }
    await keeper.serve(request);
  };

  process.on('message', (request: Request) => void serve(request));
  process.on('disconnect', () => void keeper.disconnected());
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void keeper.end());
  // The channel may have closed before we listened.
  if (process.connected) send({ kind: 'ready' });
  else void keeper.end();
}

void keep();

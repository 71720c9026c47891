/** Entry point of the keeper process, `dist/keeper.mjs`. */
import { openLocks } from '../lockManager.ts';
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

const manager = await openLocks({ root: options.root, session: options.session });
const keeper = new Keeper(manager, options.bound, send, () => process.exit(0));

process.on('message', (request: Request) => void keeper.serve(request));
process.on('disconnect', () => void keeper.disconnected());
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void keeper.end());
// The channel may have closed before we listened.
if (process.connected) send({ kind: 'ready' });
else void keeper.end();

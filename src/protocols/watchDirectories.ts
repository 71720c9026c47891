import { DirectoryWatch } from '../os/watching.ts';
import type { Disposable } from './protocol.ts';

const rearmMs = 2_000;

/** Calls back when something changes in one of these directories, of which more may come. */
export function watchDirectories(find: () => Promise<readonly string[]>, onChange: () => void): Disposable {
  const watches = new Map<string, DirectoryWatch>();
  let isWatching = true;
  const arm = (): void => {
    find().then(
      (directories) => {
        for (const directory of directories) {
          const known = watches.get(directory);
          if (known) known.rearm();
          else if (isWatching) {
            watches.set(directory, new DirectoryWatch(directory, onChange));
            onChange(); // something may have come before we watched
          }
        }
      },
      () => undefined, // the listing says why it cannot be read
    );
  };
  const timer = setInterval(arm, rearmMs);
  timer.unref();
  arm();
  return {
    dispose() {
      isWatching = false;
      clearInterval(timer);
      for (const watch of watches.values()) watch.dispose();
    },
  };
}

/** Whether the kernel's own locks exclude each other between two processes here, and end with their holder. */
import { setTimeout as delay } from 'node:timers/promises';
import type { NodeOs } from '../../os/node.ts';
import type { Crew } from './crew.ts';
import { workerPlace } from './worker.ts';

/** The kernel frees the locks of the dead at once; a process that is still being taken down may need a moment. */
const freedWithinMs = 2_000;
const lookMs = 10;

/** Undefined: they do. Else what was seen instead, as a sentence. */
export async function flockProblem(crew: Crew, folder: string, os: NodeOs): Promise<string | undefined> {
  const { flock } = workerPlace(folder);
  const tryIt = async (): Promise<boolean> => {
    const fd = await os.openLocked(flock, 'create', 'exclusive');
    if (fd !== undefined) os.close(fd);
    return fd !== undefined;
  };

  const holder = crew.start('flock');
  const said = await holder.says;
  crew.check();
  if (said !== 'taken') return 'A process could not lock a file that nobody had locked.';
  if (await tryIt()) return 'Two processes locked one file at once.';
  holder.child.kill('SIGKILL');
  await holder.ended;
  const until = performance.now() + freedWithinMs;
  while (!(await tryIt())) {
    if (performance.now() > until) return 'The lock of a process that was killed is still taken.';
    await delay(lookMs);
  }

  const own = await os.openLocked(flock, 'create', 'exclusive');
  if (own === undefined) return 'A file that nobody has locked could not be locked again.';
  try {
    const other = crew.start('flock');
    if ((await other.says) === 'taken') return 'Two processes locked one file at once.';
    other.child.stdin.end();
    await other.ended;
    crew.check();
  } finally {
    os.close(own);
  }
  return undefined;
}

/** Another place on this machine: a program in namespaces of its own, such as a container, into which others can be sent. */
import { spawn } from 'node:child_process';
import { descendantsOf } from '../../src/os/processes.ts';
import type { Started } from './started.ts';
import { waitFor } from './waitFor.ts';

export interface PlaceOptions {
  /** Of unshare(1) and nsenter(1) alike. */
  readonly namespaces: readonly ('pid' | 'mount')[];
  /** What a shell does in it first, such as mounting; `$0` is the folder. */
  readonly setup?: string;
  /** Where those who are sent in start. */
  readonly folder: string;
}

export interface Place {
  /** Put before a command, this sends it in. */
  readonly wrapper: readonly string[];
}

/** Opens a place that ends, with everything in it, when the test ends what it has started. */
export async function openPlace(
  started: Started,
  { namespaces, setup = 'true', folder }: PlaceOptions,
): Promise<Place> {
  const ofPids = namespaces.includes('pid') ? ['--fork', '--kill-child', '--mount-proc'] : [];
  // Ignoring SIGCHLD lets the kernel clear orphans away, which is what an init does.
  const script = `${setup} && trap "" CHLD && echo ready && exec sleep 1000`;
  const words = [...namespaces.map((each) => `--${each}`), ...ofPids, 'sh', '-c', script, folder];
  const program = started.add(spawn('unshare', words));
  await waitFor(`unshare ${words.join(' ')}`, () => {
    if (!program.isRunning) throw new Error(`unshare could not open a place, which needs root: ${program.errors}`);
    return program.output.includes('ready');
  });
  const [inside = program.pid] = await descendantsOf(program.pid);
  const entering = ['nsenter', `--target=${inside}`, ...namespaces.map((each) => `--${each}`)];
  return { wrapper: [...entering, 'sh', '-c', 'cd "$0" && exec "$@"', folder] };
}

/**
 * Start here: whether locks hold on somebody's own file system, tried out by racing real processes there. Three parts,
 * in a folder of their own that is gone afterwards: the kernel's locks between two processes; a control without locks,
 * which has to be caught, or the race could prove nothing; and the race, in which some are killed.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { LockError, messageOf } from '../../core/errors.ts';
import { describeFileSystem } from '../../os/fileSystems.ts';
import type { NodeOs } from '../../os/node.ts';
import { openLocks } from '../lockManager.ts';
import { Crew, type WorkerCommand } from './crew.ts';
import { flockProblem } from './flockProof.ts';
import { race, type RaceResult } from './race.ts';
import { contended } from './worker.ts';

export interface ProofOptions {
  /** An existing directory, absolute. */
  readonly directory: string;
  readonly worker: WorkerCommand;
  readonly processes: number;
  /** Of the race itself; the other parts take about a second. */
  readonly durationMs: number;
  readonly signal: AbortSignal;
}

export interface Proof {
  /** `refused`: acquire would refuse here, too. `inconclusive`: the proof would not have noticed broken locks. */
  readonly outcome: 'proven' | 'broken' | 'inconclusive' | 'refused';
  /** A sentence. */
  readonly because: string;
  readonly hint?: string;
  readonly fileSystem: string;
  readonly flock: string;
  readonly control?: RaceResult;
  readonly race?: RaceResult;
}

/** About so often somebody is killed, but at least some in every race. */
const killEveryMs = 250;
const fewestKills = 3;

/** The control is caught long before that, unless something is wrong with it. */
const controlBoundMs = 5_000;
const enoughOverlaps = 5;

/** Files of the race stay out of a commit that happens meanwhile. */
const ignoreAll = '*\n';

/** @throws LockError `root-not-found`, `store-not-writable`, `cancelled`, `internal` where a worker fails */
export async function prove(os: NodeOs, options: ProofOptions): Promise<Proof> {
  const { directory } = options;
  if (fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new LockError('root-not-found', `${directory} is not a directory.`, 'Name an existing directory.');
  }
  const place = { fileSystem: describeFileSystem(directory), flock: os.flock.provider?.name ?? 'none' };
  const refusal = refusalOf(os, directory);
  if (refusal) return { outcome: 'refused', because: refusal.message, hint: refusal.hint, ...place };
  const folder = makeFolder(directory);
  const crew = new Crew(options.worker, folder);
  try {
    return { ...place, ...(await tryOut(crew, folder, os, options)) };
  } finally {
    await crew.killAll();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** The same that acquire says here. */
function refusalOf(os: NodeOs, directory: string): { readonly message: string; readonly hint: string } | undefined {
  const remote = os.remoteFileSystem(directory);
  if (remote !== undefined) {
    const message = `${directory} lies on a network file system (${remote}), where a lock does not reach the other machines.`;
    return { message, hint: 'Locks are shown, but not taken here. Use a local disk.' };
  }
  if (os.flock.provider) return undefined;
  return { message: 'Locks cannot be taken here.', hint: os.flock.because };
}

function makeFolder(directory: string): string {
  try {
    const folder = fs.realpathSync(fs.mkdtempSync(path.join(directory, '.wlock-proof-')));
    fs.writeFileSync(path.join(folder, '.gitignore'), ignoreAll);
    return folder;
  } catch (error) {
    throw new LockError(
      'store-not-writable',
      `No folder for the proof could be made in ${directory} (${messageOf(error)}).`,
      'Name a directory that you may write to.',
    );
  }
}

async function tryOut(
  crew: Crew,
  folder: string,
  os: NodeOs,
  { processes, durationMs, signal }: ProofOptions,
): Promise<Pick<Proof, 'outcome' | 'because' | 'hint' | 'control' | 'race'>> {
  const problem = await flockProblem(crew, folder, os);
  if (problem !== undefined) return { outcome: 'broken', because: problem, hint: useAnother };

  const control = await race(crew, folder, {
    mode: 'bare',
    processes,
    durationMs: controlBoundMs,
    isOver: ({ overlaps }) => overlaps >= enoughOverlaps,
    signal,
  });
  if (control.overlaps === 0) {
    const because = 'Without locks nobody was seen inside together either, so the race would prove nothing.';
    return { outcome: 'inconclusive', because, hint: 'Try again with more --processes.', control };
  }

  const everyMs = Math.min(killEveryMs, durationMs / (fewestKills + 1));
  const result = await race(crew, folder, { mode: 'locked', processes, durationMs, killEveryMs: everyMs, signal });
  return { ...(await judge(result, folder)), control, race: result };
}

const useAnother = 'Do not rely on locks here: move the workspace to a local disk, and please report this.';

async function judge(
  { overlaps, kills, acquisitions }: RaceResult,
  folder: string,
): Promise<Pick<Proof, 'outcome' | 'because' | 'hint'>> {
  if (overlaps > 0) {
    return { outcome: 'broken', because: `Two processes held the same lock ${overlaps} times.`, hint: useAnother };
  }
  if (kills === 0 || acquisitions <= kills) {
    const because = `There were only ${acquisitions} acquisitions and ${kills} kills.`;
    return { outcome: 'inconclusive', because, hint: 'Try again with more --seconds.' };
  }
  if (!(await isFree(folder))) {
    return { outcome: 'broken', because: 'A process that was killed still holds the lock.', hint: useAnother };
  }
  return { outcome: 'proven', because: 'No two processes ever held the lock together, and no killed one kept it.' };
}

/** Once all have ended: whoever died with the lock must not block. */
async function isFree(folder: string): Promise<boolean> {
  await using locks = await openLocks({ root: folder, environment: {} });
  return (await locks.acquire({ scope: [contended], holder: 'proof' })).ok;
}

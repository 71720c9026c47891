/** `wlock doctor --prove`: starts the proof, stops it when told to, and prints its figures. */
import { formatDuration } from '../core/sentences.ts';
import { prove, type Proof, type ProofOptions } from '../manager/proof/prove.ts';
import type { RaceResult } from '../manager/proof/race.ts';
import { exitCode, printJson, type Context, type ExitCode } from './context.ts';

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

type Wanted = Pick<ProofOptions, 'directory' | 'processes' | 'durationMs' | 'worker'>;

export async function proveHere({ manager, json, streams }: Context, wanted: Wanted): Promise<ExitCode> {
  const { directory, processes, durationMs } = wanted;
  const stop = new AbortController();
  const onEnding = (): void => stop.abort();
  for (const ending of endings) process.on(ending, onEnding);
  try {
    if (streams.isTerminal)
      streams.err(`Racing ${processes} processes in ${directory} for ${formatDuration(durationMs)} …\n`);
    const proof = await prove(manager.os, { ...wanted, signal: stop.signal });
    const proven = proof.outcome === 'proven';
    if (json) printJson(streams, { ok: true, directory, processes, durationMs, proven, ...proof });
    else streams.out(proofText(proof, wanted));
    return proven ? exitCode.done : exitCode.failure;
  } finally {
    for (const ending of endings) process.off(ending, onEnding);
  }
}

const verdicts: Readonly<Record<Proof['outcome'], string>> = {
  proven: 'Locks hold here',
  broken: 'LOCKS DO NOT HOLD HERE',
  inconclusive: 'Not proven',
  refused: 'Locks are not taken here',
};

function proofText(proof: Proof, { directory }: Wanted): string {
  const { outcome, because, hint, fileSystem, flock, control, race } = proof;
  return [
    `${directory}: ${fileSystem}, flock by ${flock}`,
    ...(control
      ? [`control without locks: ${control.acquisitions} entries, ${control.overlaps} overlaps (they must be seen)`]
      : []),
    ...(race ? [raceText(race)] : []),
    `${verdicts[outcome]}. ${because}`,
    ...(hint === undefined ? [] : [hint]),
    '',
  ].join('\n');
}

function raceText({ acquisitions, refusals, kills, diedInside, overlaps, longestWaitMs }: RaceResult): string {
  return (
    `with locks: ${acquisitions} acquisitions, ${refusals} refusals, ${kills} kills (${diedInside} inside), ` +
    `${overlaps} overlaps, longest wait ${longestWaitMs} ms`
  );
}

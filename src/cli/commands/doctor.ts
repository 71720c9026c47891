import { fileURLToPath } from 'node:url';
import { LockError } from '../../core/errors.ts';
import { canonicalPath } from '../../os/paths.ts';
import { allTopics } from '../../manager/doctor/allTopics.ts';
import { diagnose } from '../../manager/doctor/diagnose.ts';
import type { Finding } from '../../manager/doctor/finding.ts';
import type { CommandHost } from '../commandHost.ts';
import type { Style } from '../colours.ts';
import { exitCode, printJson, type Context, type ExitCode } from '../context.ts';
import { parseProcesses, parseSeconds } from '../duration.ts';
import { proveWorkerName } from './proveWorker.ts';

interface Options {
  /** True without a directory. */
  readonly prove?: string | true;
  readonly processes?: number;
  readonly seconds?: number;
}

/** This very program; every part of it lies beside it. */
const cliFile = fileURLToPath(new URL('./cli.cjs', import.meta.url));

const marks: Readonly<Record<Finding['level'], readonly [Style, string]>> = {
  ok: ['good', 'ok'],
  note: ['faint', '--'],
  problem: ['bad', '!!'],
};

const usualProcesses = 4;
const usualSeconds = 3;

export function doctorCommand({ program, run }: CommandHost): void {
  const command = program
    .command('doctor')
    .description(
      'explain the root, the store, the file system and the flock provider; name what is wrong and what to do',
    )
    .option('--prove [dir]', 'race real processes in a fresh folder there (default: the root): do locks hold?')
    .option('--processes <n>', `with --prove: how many (default: ${usualProcesses})`, parseProcesses)
    .option('--seconds <n>', `with --prove: how long (default: ${usualSeconds})`, parseSeconds)
    .action(async (options: Options) => {
      await run(command, (context) => doctor(context, options));
    });
}

async function doctor(context: Context, { prove, processes, seconds }: Options): Promise<ExitCode> {
  if (prove === undefined) {
    if (processes === undefined && seconds === undefined) return await explain(context);
    throw new LockError('usage', '--processes and --seconds belong to --prove.', 'Add --prove, or leave them out.');
  }
  const { manager, cwd } = context;
  const { proveHere } = await import('../proveHere.ts'); // only a proof needs it
  return await proveHere(context, {
    directory: prove === true ? manager.root.path : canonicalPath(prove, cwd),
    processes: processes ?? usualProcesses,
    durationMs: (seconds ?? usualSeconds) * 1_000,
    worker: [process.execPath, cliFile, proveWorkerName],
  });
}

async function explain({ manager, json, streams }: Context): Promise<ExitCode> {
  const findings = await diagnose(manager, allTopics);
  const healthy = findings.every(({ level }) => level !== 'problem');
  if (json) printJson(streams, { ok: true, root: manager.root.path, healthy, findings });
  for (const { level, topic, text, hint } of json ? [] : findings) {
    streams.out(`${streams.paintOut(...marks[level])} ${topic}: ${text}\n`);
    if (hint !== undefined) streams.out(`   ${hint}\n`);
  }
  return healthy ? exitCode.done : exitCode.failure;
}

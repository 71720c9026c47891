import { Argument } from 'commander';
import { runWorker, workerModes, type WorkerMode } from '../../manager/proof/worker.ts';
import type { CommandHost } from '../commandHost.ts';

/** The name by which `doctor --prove` starts this program again, for each of its processes. */
export const proveWorkerName = 'prove-worker';

export function proveWorkerCommand({ program }: CommandHost): void {
  program
    .command(proveWorkerName, { hidden: true })
    .description('one process of doctor --prove')
    .addArgument(new Argument('<mode>').choices(workerModes))
    .argument('<folder>')
    .argument('<name>')
    .action(async (mode: WorkerMode, folder: string, name: string) => {
      await runWorker(mode, folder, name);
    });
}

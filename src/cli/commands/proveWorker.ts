import { Argument } from 'commander';
import { workerModes, type WorkerMode } from '../../manager/proof/workerModes.ts';
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
      const { runWorker } = await import('../../manager/proof/worker.ts'); // only a proof needs it
      await runWorker(mode, folder, name);
    });
}

import type { Ledger } from './ledger.ts';
import type { Worker } from './worker.ts';

/** Stops it until `meanwhile` is over. Both lines err to its favour: it ran less than they say. False where there is none. */
export async function stopMeanwhile(
  worker: Worker | undefined,
  ledger: Ledger,
  meanwhile: () => Promise<unknown>,
): Promise<boolean> {
  if (!worker) return false;
  worker.isTaken = true;
  ledger.say('stopped', worker.who);
  worker.kill('SIGSTOP');
  try {
    await meanwhile();
  } finally {
    ledger.say('continued', worker.who);
    worker.kill('SIGCONT');
    worker.isTaken = false;
  }
  return true;
}

import type { Os } from '../../os/os.ts';
import type { BoundProcess } from './messages.ts';

/** A process whose life shall end a lock, so that another one with its number later is not taken for it; undefined where it does not run. */
export async function boundProcess(os: Os, pid: number): Promise<BoundProcess | undefined> {
  const state = await os.process(pid);
  if (state?.state !== 'running') return undefined;
  return { pid, ...(state.startTime === undefined ? {} : { startTime: state.startTime }) };
}

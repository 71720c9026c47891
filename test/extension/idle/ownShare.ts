/** How much of this process's time goes to the programs of one folder: what VS Code itself does beside them is far more. */
import { Session, type Profiler } from 'node:inspector/promises';

const sampleUs = 500;

/** Per cent of one core, while nothing happens for so long; without garbage collection, which is everybody's. */
export async function ownShareOf(folder: string, forMs: number): Promise<number> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: sampleUs });
    await session.post('Profiler.start');
    await new Promise((resolve) => setTimeout(resolve, forMs));
    const { profile } = await session.post('Profiler.stop');
    return (100 * microsecondsIn(profile, folder)) / (profile.endTime - profile.startTime);
  } finally {
    session.disconnect();
  }
}

/** Of samples at which a function of that folder ran, or waited for what it had called. */
function microsecondsIn({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile, folder: string): number {
  const own = new Set<number>();
  // A node comes before those that it has called.
  for (const { id, callFrame, children = [] } of nodes) {
    if (own.has(id) || callFrame.url.includes(folder)) for (const each of [id, ...children]) own.add(each);
  }
  return samples.reduce((sum, sample, i) => (own.has(sample) ? sum + (timeDeltas[i] ?? 0) : sum), 0);
}

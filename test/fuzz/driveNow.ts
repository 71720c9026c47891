import type { Os, Steps } from '../../src/os/os.ts';

/** `drive` for a port whose operations are all synchronous, so that a watchdog can stop a case that does not end. */
export function driveNow<T>(os: Os, steps: Steps<T>): T {
  const port = os as unknown as Readonly<Record<keyof Os, (...args: readonly unknown[]) => unknown>>;
  let step = steps.next();
  while (step.done !== true) {
    const { name, args } = step.value;
    let result: unknown;
    try {
      result = port[name](...args);
    } catch (error) {
      step = steps.throw(error);
      continue;
    }
    step = steps.next(result);
  }
  return step.value;
}

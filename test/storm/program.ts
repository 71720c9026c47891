/** What the programs of this folder share: whole numbers on their command lines, and an orderly end. */

export function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  console.error(`--${name} takes a whole number above 0, not ${JSON.stringify(text)}.`);
  process.exit(2);
}

/** Runs the program's body; a signal, or what the body throws, ends it only after it has cleaned up. */
export async function runProgram(body: (signal: AbortSignal) => Promise<'passed' | 'failed'>): Promise<void> {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => interruption.abort(new Error(`Ended by ${signal}.`)));
  }
  try {
    process.exitCode = (await body(interruption.signal)) === 'passed' ? 0 : 1;
  } catch (error) {
    console.error(interruption.signal.aborted ? String(interruption.signal.reason) : error);
    process.exitCode = 1;
  }
}

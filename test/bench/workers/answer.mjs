/** A worker's side of `harness/worker.ts`: a line of JSON in is a question, a line out its answer. */
import { createInterface } from 'node:readline';

/**
 * Answers one question after the other, until nobody can ask any more.
 * @param {Record<string, (details: any) => unknown>} handlers by the question's name
 */
export async function answerQuestions(handlers) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { ask, details } = JSON.parse(line);
    try {
      const handler = handlers[ask];
      if (!handler) throw new Error(`This worker has no answer to ${ask}.`);
      say({ answer: (await handler(details)) ?? null });
    } catch (error) {
      say({ error: error instanceof Error ? error.stack : String(error) });
    }
  }
  process.exit(0);
}

/** @param {unknown} value told without having been asked */
export function tell(value) {
  say({ told: value });
}

/** @param {object} line */
function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

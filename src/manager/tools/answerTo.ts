import { sys, type Steps } from '../../os/os.ts';

/** Only bounds one sleep: the answer wakes us. */
const longestSleepMs = 60_000;

/** A reason of our own: the one that is made where none is given carries a stack, which costs more than the question. */
const isAnswered = Symbol('answered');

/** A question to tools, which answer in their own time, as steps: asleep until the answer is there. */
export function* answerTo<T>(question: Promise<T>): Steps<T> {
  const answered = new AbortController();
  const answers: (() => T)[] = [];
  const fail = (error: unknown): never => {
    throw error;
  };
  void question
    .then(
      (value) => answers.push(() => value),
      (error: unknown) => answers.push(() => fail(error)),
    )
    .finally(() => answered.abort(isAnswered));
  for (;;) {
    const [answer] = answers;
    if (answer) return answer();
    yield* sys('sleep', longestSleepMs, answered.signal);
  }
}

import { printJson, type Context, type ExitCode } from './context.ts';

/** A signal ended the wait before anything was locked: the exit code says which, and JSON is an answer all the same. */
export function reportInterruption({ json, streams }: Context, code: ExitCode): ExitCode {
  const error = { code: 'cancelled', message: 'The request was cancelled.', hint: 'Nothing was locked.' };
  if (json) printJson(streams, { ok: false, error });
  return code;
}

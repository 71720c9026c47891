/**
 * Start here: one event of Claude Code comes on stdin, one answer goes to stdout. Whatever fails of ours lets the agent work:
 * exit code 0 always, as 2 would forbid each edit, and one line that says what was not checked.
 */
import { escapeForDisplay } from '../../core/display.ts';
import { LockError, messageOf } from '../../core/errors.ts';
import type { Alone } from '../commandHost.ts';
import { exitCode, type ExitCode } from '../context.ts';
import { readEvent, UnknownEvent, type HookEvent } from './event.ts';
import { judgeWrite } from './judgeWrite.ts';
import { endSession, startSession } from './session.ts';

export interface HookOptions extends Alone {
  /** Lock each file for the session before its first edit. */
  readonly acquire: boolean;
  /** The agent's process. */
  readonly pid?: number;
}

export type HookAnswer =
  /** Says nothing, so that Claude Code asks its user as it would without us. */
  | { readonly kind: 'pass'; readonly problem?: string }
  | { readonly kind: 'deny'; readonly reason: string }
  /** What the model reads before it begins. */
  | { readonly kind: 'context'; readonly text: string; readonly problem?: string };

/** More than a model writes in one edit. */
const mostBytes = 16 * 1024 * 1024;
const longestLine = 2_000;

export async function answerClaudeCode(options: HookOptions): Promise<ExitCode> {
  if (process.stdin.isTTY) {
    throw new LockError(
      'usage',
      'This waits for an event on stdin: Claude Code runs it.',
      'To set that up: wlock hook claude-code install',
    );
  }
  const { streams } = options;
  const say = (sentence: string): void => streams.err(`wlock hook: ${escapeForDisplay(sentence, longestLine)}\n`);
  try {
    const answer = await answerTo(readEvent(await readBounded(process.stdin), process.cwd()), options);
    if (answer.kind !== 'deny' && answer.problem !== undefined) say(answer.problem);
    const said = inTheirWords(answer);
    if (said) streams.out(`${JSON.stringify(said)}\n`);
  } catch (error) {
    const sentence = `nothing was checked: ${messageOf(error)}`;
    say(sentence);
    if (!(error instanceof UnknownEvent)) streams.out(`${JSON.stringify(warning(sentence))}\n`);
  }
  return exitCode.done;
}

async function answerTo(event: HookEvent, options: HookOptions): Promise<HookAnswer> {
  switch (event.kind) {
    case 'write':
      return await judgeWrite(event, options);
    case 'session-start':
      return await startSession(event, options);
    case 'session-end':
      return await endSession(event, options);
    case 'no-write':
      return { kind: 'pass' };
  }
}

/** Undefined where nothing is to be said. */
function inTheirWords(answer: HookAnswer): object | undefined {
  switch (answer.kind) {
    case 'pass':
      return answer.problem === undefined ? undefined : warning(answer.problem);
    case 'deny': {
      const decision = { permissionDecision: 'deny', permissionDecisionReason: answer.reason };
      return { hookSpecificOutput: { hookEventName: 'PreToolUse', ...decision } };
    }
    case 'context': {
      const context = { hookEventName: 'SessionStart', additionalContext: answer.text };
      return { ...(answer.problem === undefined ? {} : warning(answer.problem)), hookSpecificOutput: context };
    }
  }
}

/** For the agent's user, who does not see our stderr. */
function warning(problem: string): object {
  return { systemMessage: `wlock hook: ${escapeForDisplay(problem, longestLine)}` };
}

/** Of a writer that has no end, no more is read. @throws UnknownEvent */
async function readBounded(stream: NodeJS.ReadStream): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Uint8Array);
    length += bytes.length;
    if (length > mostBytes) throw new UnknownEvent(`the event on stdin has more than ${mostBytes} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

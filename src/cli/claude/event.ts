/** What Claude Code tells a hook on stdin (https://code.claude.com/docs/en/hooks), as far as we need it. Pure. */
import * as path from 'node:path';

export type HookEvent =
  /** It is about to write this file; absolute, perhaps through links, perhaps not there yet. */
  | { readonly kind: 'write'; readonly session: string; readonly file: string; readonly cwd: string }
  | { readonly kind: 'session-start'; readonly session: string; readonly cwd: string }
  | { readonly kind: 'session-end'; readonly session: string; readonly cwd: string }
  /** It is about to use another tool. */
  | { readonly kind: 'no-write' };

/** Says in a sentence what cannot be understood; nothing is checked then. */
export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';
}

/** The tools that write files, and which of their inputs names the file. */
export const writingTools = {
  Edit: 'file_path',
  Write: 'file_path',
  MultiEdit: 'file_path',
  NotebookEdit: 'notebook_path',
} as const;

/** PATH_MAX of Linux, the largest of all systems that we know; with the NUL at its end. */
const pathMaxBytes = 4_096;

/** @param cwd where an event counts from that does not say where it is. @throws UnknownEvent */
export function readEvent(text: string, cwd: string): HookEvent {
  const event = objectIn(parse(text), 'the event');
  const name = textIn(event, 'hook_event_name');
  switch (name) {
    case 'PreToolUse':
      return toolUse(event, cwd);
    case 'SessionStart':
      return { kind: 'session-start', session: sessionIn(event), cwd: cwdIn(event, cwd) };
    case 'SessionEnd':
      return { kind: 'session-end', session: sessionIn(event), cwd: cwdIn(event, cwd) };
    default:
      throw new UnknownEvent(`${JSON.stringify(name)} is no event of this hook`);
  }
}

function toolUse(event: Readonly<Record<string, unknown>>, cwd: string): HookEvent {
  const tool = textIn(event, 'tool_name');
  if (!isWriting(tool)) return { kind: 'no-write' };
  const from = cwdIn(event, cwd);
  const file = path.resolve(from, textIn(objectIn(event['tool_input'], 'tool_input'), writingTools[tool]));
  // To look for each folder of it would take longer than anybody waits.
  if (Buffer.byteLength(file) >= pathMaxBytes) {
    throw new UnknownEvent(`${writingTools[tool]} is longer than any file’s path, ${pathMaxBytes - 1} bytes`);
  }
  return { kind: 'write', session: sessionIn(event), file, cwd: from };
}

function isWriting(tool: string): tool is keyof typeof writingTools {
  return Object.hasOwn(writingTools, tool);
}

/** It becomes a word of a shell, and a name that others read. */
function sessionIn(event: Readonly<Record<string, unknown>>): string {
  const session = textIn(event, 'session_id');
  if (!/^[\w.-]{1,100}$/.test(session)) throw new UnknownEvent('session_id is no id');
  return session;
}

function cwdIn(event: Readonly<Record<string, unknown>>, otherwise: string): string {
  return event['cwd'] === undefined ? otherwise : path.resolve(otherwise, textIn(event, 'cwd'));
}

function textIn(object: Readonly<Record<string, unknown>>, key: string): string {
  const value = object[key];
  if (typeof value !== 'string' || value === '') throw new UnknownEvent(`the event has no text ${key}`);
  return value;
}

function objectIn(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UnknownEvent(`${what} is no object`);
  return value as Readonly<Record<string, unknown>>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnknownEvent('what came on stdin is no JSON');
  }
}

/** Events of Claude Code, as it gives them to the hook of the real command line. */
import assert from 'node:assert/strict';
import { spawnWlock } from './wlock.ts';

export const session = '3f2a9c1e-0d4b-4d0a-9a57-6f1f0c2b8e11';

/** None of these is this machine's own. */
export const noClaude = { CLAUDE_PROJECT_DIR: '', CLAUDE_ENV_FILE: '', CLAUDE_CONFIG_DIR: '' };

/** It is about to write a file. */
export function writeOf(file: string, changes: object = {}): object {
  const [tool_name, key] = file.endsWith('.ipynb') ? ['NotebookEdit', 'notebook_path'] : ['Edit', 'file_path'];
  return { session_id: session, hook_event_name: 'PreToolUse', tool_name, tool_input: { [key]: file }, ...changes };
}

export interface HookRun {
  readonly cwd: string;
  /** After `wlock hook claude-code`. */
  readonly words?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
}

export interface Answered {
  /** Why the edit is forbidden; undefined where it is not. */
  readonly denied: string | undefined;
  /** What the model is told. */
  readonly context: string | undefined;
  readonly systemMessage: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the hook on an event, or on any other text, and expects the exit code that lets an agent work. */
export async function answerTo(
  event: object | string | Buffer,
  { cwd, words = [], environment }: HookRun,
): Promise<Answered> {
  const child = spawnWlock(['hook', 'claude-code', ...words], { cwd, environment: { ...noClaude, ...environment } });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined); // it stops reading what is too long
  child.stdin.end(typeof event === 'string' || Buffer.isBuffer(event) ? event : JSON.stringify({ cwd, ...event }));
  const code = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`The hook has not ended: ${stderr}`));
    }, 20_000);
    child.once('close', (status) => {
      clearTimeout(timer);
      resolve(status);
    });
  });
  assert.equal(code, 0, stderr);
  return answered(stdout, stderr);
}

interface Said {
  readonly systemMessage?: string;
  readonly hookSpecificOutput?: {
    readonly hookEventName: string;
    readonly permissionDecision?: string;
    readonly permissionDecisionReason?: string;
    readonly additionalContext?: string;
  };
}

export function answered(stdout: string, stderr: string): Answered {
  const { systemMessage, hookSpecificOutput: said } = (stdout === '' ? {} : JSON.parse(stdout)) as Said;
  if (said?.permissionDecision !== undefined) assert.equal(said.permissionDecision, 'deny'); // "allow" would skip its user
  return {
    denied: said?.hookEventName === 'PreToolUse' ? said.permissionDecisionReason : undefined,
    context: said?.hookEventName === 'SessionStart' ? said.additionalContext : undefined,
    systemMessage,
    stdout,
    stderr,
  };
}

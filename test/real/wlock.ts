/** The real command line, as a shell starts it. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { cliFile } from './programs.ts';

export interface WlockOptions {
  readonly cwd: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Runs as user nobody, who may do nothing special. */
  readonly asNobody?: boolean;
  /** Words before the command, such as `unshare -m …`. */
  readonly wrapper?: readonly string[];
  readonly boundMs?: number;
}

export interface WlockResult {
  /** Undefined where a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];

/** Variables of a lock around the test run itself must not leak into it, nor colours that somebody wants of the run. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { WLOCK_ROOT, WLOCK_SESSION, WLOCK_ID, WLOCK_TOKEN, WLOCK_FLOCK, FORCE_COLOR, ...rest } = process.env;
  return rest;
}

export function spawnWlock(words: readonly string[], options: WlockOptions): ChildProcessWithoutNullStreams {
  const all = [...(options.wrapper ?? []), ...(options.asNobody ? nobody : []), process.execPath, cliFile, ...words];
  const [program = '', ...args] = all;
  return spawn(program, args, { cwd: options.cwd, env: { ...cleanEnvironment(), ...options.environment } });
}

/** Runs it to its end; fails where it has not ended after `boundMs`. */
export function runWlock(words: readonly string[], options: WlockOptions): Promise<WlockResult> {
  const child = spawnWlock(words, options);
  const boundMs = options.boundMs ?? 15_000;
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.end();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`wlock ${words.join(' ')} has not ended after ${boundMs} ms. ${stderr}`));
    }, boundMs);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? undefined, stdout, stderr });
    });
  });
}

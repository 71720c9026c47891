/** Programs that a test has started, and what they said; all are ended with the test. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import * as fs from 'node:fs';

/** False for a zombie too: it will never do anything again. */
export function isRunning(pid: number): boolean {
  const stat = statFields(pid);
  return stat !== undefined && stat[0] !== 'Z' && stat[0] !== 'X';
}

/** The session id of a process; undefined where it has gone. */
export function sessionOf(pid: number): number | undefined {
  const stat = statFields(pid);
  return stat && Number(stat[3]);
}

/** proc(5), from the state on. */
function statFields(pid: number): readonly string[] | undefined {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

export class StartedProgram {
  output = '';
  errors = '';
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<{ code: number | undefined; signal: NodeJS.Signals | undefined }>;

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    this.#closed = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get isRunning(): boolean {
    return isRunning(this.pid);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async ended(boundMs = 10_000): Promise<{ code: number | undefined; signal: NodeJS.Signals | undefined }> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`Not ended after ${boundMs} ms: ${this.errors}`)), boundMs);
    });
    try {
      return await Promise.race([this.#closed, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

export class Started {
  readonly #programs: StartedProgram[] = [];

  add(child: ChildProcessWithoutNullStreams): StartedProgram {
    const program = new StartedProgram(child);
    this.#programs.push(program);
    return program;
  }

  async endAll(): Promise<void> {
    for (const program of this.#programs) {
      program.kill('SIGKILL');
      await program.ended();
    }
  }
}

/** A process that answers questions, one after the other: `workers/answer.mjs` is its side. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What a worker can be asked, and what it answers. */
export interface Question {
  readonly details: unknown;
  readonly answer: unknown;
}

interface Line {
  readonly answer?: unknown;
  readonly told?: unknown;
  readonly error?: string;
}

interface Pending {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

const endMs = 3_000;

/** `Asked`: its questions by their names. */
export class Worker<Asked extends Readonly<Record<keyof Asked, Question>>> {
  /** Hears what the worker says without having been asked. */
  onTold: (told: unknown) => void = () => undefined;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #pending: Pending[] = [];
  readonly #ended: Promise<void>;
  #complaint = '';
  /** Why nobody answers any more. */
  #over: Error | undefined;

  constructor(program: string, words: readonly string[], environment: NodeJS.ProcessEnv) {
    this.#child = spawn(program, words, { env: environment });
    this.#child.stdin.on('error', () => undefined); // told by `close`
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#complaint += text));
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#hear(JSON.parse(line) as Line));
    this.#ended = new Promise((resolve) => {
      const end = (why: Error): void => {
        this.#over = why;
        for (const { reject } of this.#pending.splice(0)) reject(why);
        resolve();
      };
      this.#child.once('error', end);
      this.#child.once('close', () => end(new Error(`${words.join(' ')} has ended. ${this.#complaint}`)));
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  ask<Name extends keyof Asked & string>(ask: Name, details: Asked[Name]['details']): Promise<Asked[Name]['answer']> {
    return new Promise((resolve, reject) => {
      if (this.#over) return reject(this.#over);
      this.#pending.push({ resolve, reject });
      this.#child.stdin.write(`${JSON.stringify({ ask, details })}\n`);
    });
  }

  /** At once, as a crash would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** It ends when nobody can ask it any more; one that is stuck is killed. */
  async end(): Promise<void> {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), endMs);
    await this.#ended;
    clearTimeout(timer);
  }

  #hear({ answer, told, error }: Line): void {
    if (told !== undefined) return this.onTold(told);
    const pending = this.#pending.shift();
    if (error === undefined) pending?.resolve(answer);
    else pending?.reject(new Error(error));
  }
}

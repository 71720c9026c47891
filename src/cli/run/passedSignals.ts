import { leftAfterPatience } from './endCommand.ts';
import { signalEach, signalFamily } from './family.ts';

/** What ends a program; sent to a shell alone, they would leave what it runs behind, writing without a lock. */
const ending: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']);

/**
 * Signals on their way to a command. One that ends programs goes to all that the command has started too, as Ctrl-C at a
 * terminal does; others are for the command alone.
 */
export class PassedSignals {
  readonly #command: Promise<number | undefined>;
  readonly #reached = new Map<number, string | undefined>();
  /** One after the other. */
  #sending: Promise<void> = Promise.resolve();

  /** Signals wait until the command's number is known; where there is none, nobody gets them. */
  constructor(command: Promise<number | undefined>) {
    this.#command = command;
  }

  send(signal: NodeJS.Signals): void {
    this.#sending = this.#sending.then(async () => {
      const command = await this.#command;
      if (command === undefined) return;
      if (!ending.has(signal)) {
        signalEach([command], signal);
        return;
      }
      for (const [pid, startTime] of await signalFamily(command, signal)) this.#reached.set(pid, startTime);
    });
  }

  /** Whom an ending signal has reached, and who is still there 10 s after the command has gone: they want to stay. */
  async stayed(): Promise<readonly number[]> {
    await this.#sending;
    return await leftAfterPatience(this.#reached);
  }
}

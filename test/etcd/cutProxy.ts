/** A network between a client and one member, on loopback, that a test can cut and slow down. */
import { EventEmitter, once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * `hang`: connections stay, new ones are taken, and nothing passes, as where a cable is pulled.
 * `reset`: connections are reset, new ones too, as by a firewall. (Nobody listens on the port of a member that was killed:
 * for `ECONNREFUSED` kill one.)
 * `swallow`: the next request that asks for `after` is delivered; its answer, and all that comes later on any connection,
 * is not.
 */
export type Cut = { readonly how: 'hang' | 'reset' } | { readonly how: 'swallow'; readonly after: string };

export class CutProxy implements AsyncDisposable {
  readonly port: number;
  readonly #targetPort: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #state: 'passing' | 'hanging' | 'resetting' | 'ended' = 'passing';
  #delayMs = 0;
  /** How the last request begins that shall pass. */
  #lastRequest: string | undefined;
  readonly #changes = new EventEmitter().setMaxListeners(0);

  static async start(targetPort: number): Promise<CutProxy> {
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new CutProxy(server, targetPort);
  }

  private constructor(server: Server, targetPort: number) {
    this.#server = server;
    this.#targetPort = targetPort;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (client) => void this.#carry(client));
  }

  /** For a member without TLS. */
  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  cut(cut: Cut): void {
    switch (cut.how) {
      case 'hang':
        this.#become('hanging');
        break;
      case 'reset':
        this.#become('resetting');
        for (const socket of this.#sockets) socket.resetAndDestroy();
        break;
      case 'swallow':
        this.#lastRequest = `POST ${cut.after} `;
        break;
    }
  }

  /** What was held back passes now, late. */
  heal(): void {
    this.#lastRequest = undefined;
    this.#become('passing');
  }

  /** How much later each piece arrives, in each direction. */
  delay(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  async end(): Promise<void> {
    this.#become('ended');
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }

  #become(state: 'passing' | 'hanging' | 'resetting' | 'ended'): void {
    this.#state = state;
    this.#changes.emit('change');
  }

  async #carry(client: Socket): Promise<void> {
    this.#keep(client);
    if (this.#state === 'resetting') client.resetAndDestroy();
    await this.#untilPassing();
    if (client.destroyed) return;
    const server = connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true });
    this.#keep(server);
    await Promise.all([this.#copy(client, server), this.#copy(server, client)]);
  }

  /** Until one side ends; a side that breaks breaks the other. */
  async #copy(from: Socket, to: Socket): Promise<void> {
    try {
      for await (const piece of from) {
        await this.#untilPassing();
        if (this.#delayMs > 0) await sleep(this.#delayMs);
        await this.#untilPassing();
        to.write(piece as Buffer);
        const isLast = this.#lastRequest !== undefined && (piece as Buffer).includes(this.#lastRequest);
        if (isLast) this.#become('hanging'); // the answer has not come yet
      }
      await this.#untilPassing();
      to.end();
    } catch {
      to.destroy();
    }
  }

  async #untilPassing(): Promise<void> {
    while (this.#state === 'hanging' || this.#state === 'resetting') await once(this.#changes, 'change');
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay();
    socket.on('error', () => socket.destroy()); // the other side's loop sees it too, and goes on from there
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

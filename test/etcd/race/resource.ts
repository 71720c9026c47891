/** What the holders write to: a service that may remember the highest fencing token, and refuse a lower one. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** `fenced` as docs/fencing.md has it; `open` takes all, to show that it is the fence that refuses. */
export type ResourceKind = 'fenced' | 'open';

export class Resource implements AsyncDisposable {
  /** Writes that were taken although a later holder had written before. */
  lateTaken = 0;
  lateRefused = 0;
  taken = 0;
  readonly #kind: ResourceKind;
  readonly #server: Server;
  #highest = 0;

  static async start(kind: ResourceKind): Promise<Resource> {
    const resource = new Resource(kind);
    await new Promise<void>((resolve) => resource.#server.listen(0, '127.0.0.1', resolve));
    return resource;
  }

  private constructor(kind: ResourceKind) {
    this.#kind = kind;
    this.#server = createServer((request, response) => {
      const token = Number(/^\/etcd:(\d+)$/.exec(request.url ?? '')?.[1]);
      request.resume().once('end', () => {
        response.statusCode = Number.isSafeInteger(token) ? (this.#write(token) ? 200 : 409) : 400;
        response.end();
      });
    });
    this.#server.keepAliveTimeout = 0; // who is stopped for long finds his connection again
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #write(token: number): boolean {
    const isLate = token < this.#highest;
    if (isLate && this.#kind === 'fenced') {
      this.lateRefused++;
      return false;
    }
    this.taken++;
    if (isLate) this.lateTaken++;
    else this.#highest = token;
    return true;
  }
}

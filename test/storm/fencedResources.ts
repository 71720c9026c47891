/**
 * The resources that holders write to, each the store of examples/fenced-store, which refuses a writer whose token is
 * older than the last. That none got through is looked at a second time here, by the numbers alone.
 */
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import * as readline from 'node:readline';
import { fileURLToPath } from 'node:url';

interface FencedStore {
  write(token: string, text: string): boolean;
}

interface Example {
  readonly FencedStore: new (file: string) => FencedStore;
}

const example = fileURLToPath(new URL('../../examples/fenced-store/fencedStore.mjs', import.meta.url));

export class FencedResources {
  written = 0;
  refused = 0;
  letThrough = 0;
  readonly #server: net.Server;
  readonly #connections = new Set<net.Socket>();
  readonly #folder: string;
  readonly #FencedStore: Example['FencedStore'];
  readonly #resources = new Map<string, { readonly store: FencedStore; highest: number }>();

  private constructor(folder: string, FencedStore: Example['FencedStore']) {
    this.#folder = folder;
    this.#FencedStore = FencedStore;
    this.#server = net.createServer((connection) => this.#serve(connection));
  }

  /** Listens at `folder/socket`. */
  static async open(folder: string): Promise<FencedResources> {
    fs.mkdirSync(folder);
    const { FencedStore } = (await import(example)) as Example;
    const resources = new FencedResources(folder, FencedStore);
    await new Promise<void>((resolve) => resources.#server.listen(path.join(folder, 'socket'), resolve));
    return resources;
  }

  /** The number of the newest token that wrote to it; 0 where nobody has. */
  highest(resource: string): number {
    return this.#resources.get(resource)?.highest ?? 0;
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** A request is a line `RESOURCE TOKEN WHO`; the answer is `written` or `refused`. */
  #serve(connection: net.Socket): void {
    this.#connections.add(connection);
    connection.once('close', () => this.#connections.delete(connection));
    const lines = readline.createInterface({ input: connection });
    for (const source of [connection, lines]) source.on('error', () => undefined); // its process was killed
    lines.on('line', (line) => {
      const [resource = '', token = '', who = ''] = line.split(' ');
      if (connection.writable) connection.write(this.#write(resource, token, who) ? 'written\n' : 'refused\n');
    });
  }

  #write(resource: string, token: string, who: string): boolean {
    let entry = this.#resources.get(resource);
    if (!entry) {
      const file = path.join(this.#folder, encodeURIComponent(resource));
      entry = { store: new this.#FencedStore(file), highest: 0 };
      this.#resources.set(resource, entry);
    }
    const number = tokenNumber(token);
    if (!entry.store.write(token, who)) {
      this.refused++;
      return false;
    }
    this.written++;
    if (number < entry.highest) this.letThrough++;
    entry.highest = Math.max(entry.highest, number);
    return true;
  }
}

const tokenNumber = (token: string): number => Number(token.split(':')[1]);

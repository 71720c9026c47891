/** Clones of one repository in different folders, as on different machines: they have a cluster in common, and nothing else. */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import type { LockManager } from '../../src/manager/library.ts';
import { openLibrary } from '../real/library.ts';
import { TemporaryRoot } from '../real/temporaryRoot.ts';

export interface ClonesOptions {
  readonly endpoints: readonly string[];
  /** The shortest that a configuration may have, 5, unless told. */
  readonly ttlSeconds?: number;
}

export class Clones implements AsyncDisposable {
  /** Of no other test. */
  readonly namespace = randomUUID();
  readonly #options: ClonesOptions;
  readonly #roots: TemporaryRoot[] = [];
  readonly #opened: LockManager[] = [];

  constructor(options: ClonesOptions) {
    this.#options = options;
  }

  /** @param endpoints where it does not reach the cluster as the others do */
  make(endpoints: readonly string[] = this.#options.endpoints): TemporaryRoot {
    const root = new TemporaryRoot();
    this.#roots.push(root);
    fs.mkdirSync(root.in('.loops'));
    this.configure(root, endpoints);
    return root;
  }

  configure(root: TemporaryRoot, endpoints: readonly string[]): void {
    const { ttlSeconds = 5 } = this.#options;
    const etcd = { endpoints, namespace: this.namespace, ttlSeconds };
    fs.writeFileSync(root.in('.wlock.json'), JSON.stringify({ etcd }));
  }

  /** The library as it ships, in this process; closed with the clones. */
  async open(root: TemporaryRoot, session?: string): Promise<LockManager> {
    const locks = await openLibrary(root.path, session);
    this.#opened.push(locks);
    return locks;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#opened.map((locks) => locks.close()));
    for (const root of this.#roots) root[Symbol.dispose]();
  }
}

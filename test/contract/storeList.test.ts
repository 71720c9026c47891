/** What is remembered of a store must be what is there: held against a look with nothing in mind, after every change. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Lock, LockId } from '../../src/core/lock.ts';
import { pathEntry } from '../../src/core/scope/entry.ts';
import { openNodeOs, type NodeOs } from '../../src/os/node.ts';
import { drive, type Steps } from '../../src/os/os.ts';
import { layoutOf, type StoreLayout } from '../../src/protocols/loops/layout.ts';
import type { Observer } from '../../src/protocols/loops/observe.ts';
import { encodeRecord } from '../../src/protocols/loops/encodeRecord.ts';
import { StoreList } from '../../src/protocols/loops/storeList.ts';
import { TemporaryRoot } from '../real/temporaryRoot.ts';

const changesOfEachRun = 150;
const runs = 4;

describe('A list of locks that remembers', () => {
  let os: NodeOs;
  let root: TemporaryRoot;
  let layout: StoreLayout;
  let observer: Observer;

  before(async () => (os = await openNodeOs()));

  beforeEach(() => {
    root = new TemporaryRoot();
    layout = layoutOf(root.path, '.loops');
    fs.mkdirSync(layout.alive, { recursive: true });
    observer = { layout, identity: os.identity(), sessions: new Set(['mine']), caseRule: { fold: false } };
  });

  afterEach(() => root[Symbol.dispose]());

  const run = <T>(steps: Steps<T>): Promise<T> => drive(os, steps);
  const freshly = async (): Promise<readonly Lock[]> => (await run(new StoreList(observer).list())).locks;
  const inOrder = (locks: readonly Lock[]): readonly Lock[] => locks.toSorted((a, b) => (a.file < b.file ? -1 : 1));

  for (let seed = 1; seed <= runs; seed++) {
    it(`shows what is there after each of ${changesOfEachRun} changes (${seed})`, async function () {
      this.timeout(60_000);
      const store = new ChangingStore(layout, seed);
      const asked = new StoreList(observer);
      const told = new StoreList(observer);
      await run(told.list());
      for (let change = 0; change < changesOfEachRun; change++) {
        const names = store.change();
        const there = inOrder(await freshly());
        assert.deepEqual(inOrder((await run(asked.list())).locks), there, `${change}: ${[...names].join()}`);
        assert.deepEqual(inOrder((await run(told.list(names))).locks), there, `${change}, told: ${[...names].join()}`);
      }
    });
  }

  it('hands out the very same objects while nothing changes, and others where the holder does', async () => {
    const hold = randomUUID();
    fs.writeFileSync(path.join(layout.alive, hold), '');
    const store = new ChangingStore(layout, 7, hold);
    for (let n = 0; n < 5; n++) store.publish();
    const list = new StoreList(observer);
    const { locks } = await run(list.list());
    assert.equal((await run(list.list())).locks, locks);
    fs.rmSync(path.join(layout.alive, hold)); // nobody can tell by it any more whether the holder lives
    const { locks: later } = await run(list.list());
    assert.equal(later.length, 5);
    assert.ok(later.every((lock) => !locks.includes(lock)));
    assert.deepEqual(inOrder(later), inOrder(await freshly()));
  });

  it('sees a record that was written anew in place, with as many bytes, at once', async () => {
    const file = path.join(layout.running, 'nightly.lock');
    const list = new StoreList(observer);
    const write = (scope: string): void => {
      fs.writeFileSync(file, JSON.stringify({ loop_name: 'n', scope: [scope], pid: process.pid, started_at: 'x' }));
    };
    for (let n = 0; n < 50; n++) {
      const scope = n % 2 === 0 ? 'aaa' : 'bbb';
      write(scope);
      const { locks } = await run(list.list());
      assert.deepEqual(locks[0]?.scope, [pathEntry(path.join(root.path, scope))]);
    }
  });
});

/** Our records and others' come, go, change and are hidden in folders, in an order that a number decides. */
class ChangingStore {
  readonly #layout: StoreLayout;
  readonly #hold: string | undefined;
  readonly #ours: string[] = [];
  #revision = 0;
  #random: number;

  constructor(layout: StoreLayout, seed: number, hold?: string) {
    this.#layout = layout;
    this.#random = seed;
    this.#hold = hold;
  }

  /** @returns the names in the running directory that changed */
  change(): ReadonlySet<string> {
    switch (this.#below(8)) {
      case 0:
      case 1:
      case 2:
        return new Set([this.publish()]);
      case 3:
        return new Set([this.#withdraw()]);
      case 4:
        return new Set([this.#renew(), this.#withdraw()]);
      case 5:
        return new Set([this.#writeForeign(JSON.stringify(this.#foreign()))]);
      case 6:
        return new Set([this.#writeForeign('{"half')]);
      default:
        return new Set([this.#removeForeign()]);
    }
  }

  publish(id: string = randomUUID(), revision = 0): string {
    const name = `wlock-${randomUUID()}.lock`;
    const directory = path.join(this.#layout.root, `d${this.#below(5)}`);
    fs.writeFileSync(
      path.join(this.#layout.running, name),
      encodeRecord({
        name: 'somebody',
        paths: [directory],
        pid: this.#below(2) === 0 ? process.pid : 4_000_000,
        startedAt: 1_700_000_000_000 + this.#below(1_000),
        extra: {
          version: 1,
          id: id as LockId,
          revision,
          session: this.#below(2) === 0 ? 'mine' : 'theirs',
          token: this.#below(1_000) + 1,
          mode: 'exclusive',
          scope: [pathEntry(directory)],
          ...(this.#hold === undefined ? {} : { hold: this.#hold }),
        },
      }),
    );
    this.#ours.push(name);
    return name;
  }

  #withdraw(): string {
    const [name = 'none.lock'] = this.#ours.splice(this.#below(Math.max(1, this.#ours.length)), 1);
    fs.rmSync(path.join(this.#layout.running, name), { force: true });
    return name;
  }

  /** A second record of one lock, as during a renewal or after a crash in one. */
  #renew(): string {
    const [name] = this.#ours;
    if (name === undefined) return this.publish();
    const text = fs.readFileSync(path.join(this.#layout.running, name), 'utf8');
    const { wlock } = JSON.parse(text) as { wlock: { id: string } };
    return this.publish(wlock.id, ++this.#revision);
  }

  #foreign(): object {
    const pid = this.#below(2) === 0 ? process.pid : 4_000_000;
    return { loop_name: 'loop', scope: [`d${this.#below(5)}`], pid, started_at: '2026-01-01T00:00:00.000000+00:00' };
  }

  #foreignName(): string {
    return `loop-${this.#below(3)}.lock`;
  }

  #writeForeign(text: string): string {
    const name = this.#foreignName();
    const file = path.join(this.#layout.running, name);
    fs.writeFileSync(file, text);
    // Long ago, so that nobody waits for somebody who may be writing it.
    if (text.startsWith('{"half')) fs.utimesSync(file, 1_600_000_000, 1_600_000_000);
    return name;
  }

  #removeForeign(): string {
    const name = this.#foreignName();
    fs.rmSync(path.join(this.#layout.running, name), { force: true });
    return name;
  }

  #below(limit: number): number {
    this.#random = (Math.imul(this.#random, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((this.#random / 2 ** 32) * limit);
  }
}

/** Ten thousand locks: the rows are right, only changed ones are drawn anew, and the figures are printed (`npm run bench:tree`). */
import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/extension.ts';
import type { TreeNode } from '../../src/extension/views/treeNodes.ts';
import { extensionApi, folderPath, rowText, until } from './window.ts';
import { WrittenLocks } from './writtenLocks.ts';

const count = 10_000;
const pageRows = 500;
/** A lock from the future has no age that changes from one second to the next. */
const agelessMs = 24 * 60 * 60_000;
const numberOf = (i: number): string => String(i).padStart(5, '0');

/** The longest time for which the extension host could do nothing else, while something was done. */
class Stalls {
  #last = performance.now();
  #longest = 0;
  readonly #timer = setInterval(() => this.#look(), 1);

  restart(): void {
    this.#last = performance.now();
    this.#longest = 0;
  }

  get longestMs(): number {
    this.#look();
    return this.#longest;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    this.#longest = Math.max(this.#longest, now - this.#last);
    this.#last = now;
  }
}

describe('Ten thousand locks', function () {
  this.timeout(120_000);
  let api: ExtensionApi;
  let locks: WrittenLocks;
  let stalls: Stalls;
  let fired: (readonly TreeNode[] | undefined)[];
  let subscription: vscode.Disposable;
  /** How many rows VS Code has asked for. */
  let asked = 0;

  before(async () => {
    api = await extensionApi();
    await vscode.commands.executeCommand('workspaceLocks.liveLocks.focus');
    await until('the view', () => api.tree.view.visible);
    const itemOf = api.tree.getTreeItem.bind(api.tree);
    api.tree.getTreeItem = (node) => {
      asked++;
      return itemOf(node);
    };
    fired = [];
    subscription = api.tree.onDidChangeTreeData((changed) => fired.push(changed));
    await api.tree.reshape({ order: 'oldest' });
    stalls = new Stalls();
    locks = new WrittenLocks(folderPath());
    printMemory('memory before');
    await settled();
    const write = performance.now();
    locks.appear(count, agelessMs);
    console.log(`      (writing the records took ${Math.round(performance.now() - write)} ms)`);
    await measured('store appears, until VS Code has the first rows', async () => {
      await until('all locks', () => api.folders.picture.locks.length === count);
      await until('the first rows', () => asked >= pageRows);
    });
    await settled();
    printMemory('memory with all of them');
  });

  beforeEach(async () => {
    await settled();
    fired.length = 0;
  });

  after(async () => {
    subscription.dispose();
    stalls.stop();
    await api.tree.reshape({ order: 'urgency', grouping: 'none' });
    await locks.end();
  });

  /** Until nothing of what was done before is still under way in the tree. */
  const settled = async (): Promise<void> => {
    let before = -1;
    let since = performance.now();
    await until('VS Code asks no more', () => {
      if (asked !== before) since = performance.now();
      before = asked;
      return performance.now() - since > 500;
    });
    stalls.restart();
  };

  const measured = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    stalls.restart();
    const [askedBefore, firedBefore, started] = [asked, fired.length, performance.now()];
    await work();
    const tookMs = performance.now() - started;
    await settledQuietly();
    console.log(
      `      figure: ${what}: ${Math.round(tookMs)} ms, longest stall ${Math.round(stalls.longestMs)} ms, ` +
        `${fired.length - firedBefore} events, ${asked - askedBefore} rows asked for`,
    );
  };

  /** As `settled`, but the stall goes on being measured. */
  const settledQuietly = async (): Promise<void> => {
    let before = asked;
    let since = performance.now();
    await until('VS Code asks no more', () => {
      if (asked !== before) since = performance.now();
      before = asked;
      return performance.now() - since > 500;
    });
  };

  const text = (node: TreeNode | undefined): string => (node ? rowText(api.tree.getTreeItem(node)) : '');
  const pages = (): readonly TreeNode[] => api.tree.getChildren();

  it('draw one row anew where one lock has changed', async () => {
    const [first] = pages();
    await api.tree.getChildren(first);
    await measured('one lock changed on the open page', async () => {
      locks.write(`loop-${numberOf(7)}`, ['src/other.ts'], agelessMs + 7);
      await until('a change', () => fired.length > 0);
    });
    assert.deepEqual(
      fired.map((nodes) => nodes?.map((node) => (node.kind === 'lock' ? node.placed.lock.holder.name : node.kind))),
      [['loop-00007']],
    );
    assert.match(text((await api.tree.getChildren(first))[7]), /^loop-00007 src\/other\.ts · /);
  });

  it('draw the last page anew where one comes after all others', async () => {
    const last = pages().length;
    await measured('one lock comes', async () => {
      locks.write('newcomer', ['docs/guide.md'], agelessMs + count);
      await until('one more', () => api.folders.picture.locks.length === count + 1);
    });
    assert.equal(pages().length, last + 1);
    await measured('one lock goes', async () => {
      locks.remove('newcomer');
      await until('one less', () => api.folders.picture.locks.length === count);
    });
    assert.equal(pages().length, last);
  });

  it('draw nothing anew where nothing has changed', async () => {
    await measured('a refresh that finds nothing new', () => api.folders.refresh());
    assert.deepEqual(fired, []);
  });

  it('are sorted and grouped as somebody chose', async () => {
    await measured('sorted by newest first', () => api.tree.reshape({ order: 'newest' }));
    assert.match(text(pages()[0]), /^1 to 500 loop-09999 … loop-09500$/);
    await measured('grouped by folder', () => api.tree.reshape({ grouping: 'scope' }));
    assert.deepEqual(pages().map(text), ['src 10000']);
    const [group] = pages();
    assert.equal((await api.tree.getChildren(group)).length, count / pageRows);
    await measured('grouped by holder', () => api.tree.reshape({ grouping: 'holder' }));
    await api.tree.reshape({ order: 'oldest', grouping: 'none' });
  });

  it('come and go with a filter', async () => {
    await measured('hidden', () => api.tree.reshape({ hidden: ['loops'] }));
    assert.deepEqual(pages().map(text), ['10000 locks hidden by the filter Show All']);
    await measured('shown again', () => api.tree.reshape({ hidden: [] }));
    assert.equal(pages().length, count / pageRows);
  });

  it('come in pages, and every lock is in one row', async () => {
    const all = pages();
    assert.equal(all.length, count / pageRows);
    assert.match(text(all[0]), /^1 to 500 loop-00000 … loop-00499$/);
    assert.match(text(all.at(-1)), /^9501 to 10000 loop-09500 … loop-09999$/);
    const seen = new Set<string>();
    for (const page of all)
      for (const row of await api.tree.getChildren(page)) seen.add(text(row).split(' ', 1).join());
    assert.equal(seen.size, count);
  });

  it('all turn stale when their process ends', async () => {
    await measured('the process of all ends, until its end is in the rows', async () => {
      await locks.die();
      await until('stale rows', async () => {
        const [first] = pages();
        return text((await api.tree.getChildren(first))[0]).includes('stale');
      });
    });
    assert.ok(api.folders.picture.locks.every(({ lock }) => lock.verdict === 'stale'));
  });

  const printMemory = (what: string): void => {
    const { rss, heapUsed } = process.memoryUsage();
    const mib = (bytes: number): number => Math.round(bytes / 1024 / 1024);
    console.log(`      figure: ${what}: ${mib(heapUsed)} MiB of heap in use, ${mib(rss)} MiB resident`);
  };
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { chooseFlock, requireFlock } from '../../src/os/flock.ts';
import { openNodeOs } from '../../src/os/node.ts';
import { drive } from '../../src/os/os.ts';
import { pathEntry } from '../../src/core/scope/entry.ts';
import { layoutOf } from '../../src/protocols/loops/layout.ts';
import { LoopsProtocol } from '../../src/protocols/loops/loops.ts';
import type { Held } from '../../src/protocols/protocol.ts';
import { sweepHolds } from '../../src/protocols/loops/sweep.ts';
import { libraryFile } from '../real/programs.ts';
import { TemporaryRoot } from '../real/temporaryRoot.ts';
import { describeLockProtocol, type Store } from './lockProtocolContract.ts';

/** Takes a lock with the shipped library, says so, and waits to be killed. */
const doomedHolder = `
const { openLocks } = await import(process.argv[1]);
const locks = await openLocks({ root: process.argv[2] });
const outcome = await locks.acquire({ scope: [{ kind: 'path', path: process.argv[3] }], holder: 'doomed' });
console.log(outcome.ok);
setInterval(() => {}, 1000);`;

async function openStore(
  flock: 'fs-ext' | 'portable',
): Promise<Store<Held, LoopsProtocol> & { readonly root: string }> {
  const root = new TemporaryRoot();
  const layout = layoutOf(root.path, '.loops');
  const opened: LoopsProtocol[] = [];
  const os = await openNodeOs();
  const provider = requireFlock(chooseFlock({ WLOCK_FLOCK: flock }, process.platform));
  return {
    root: root.path,
    open: (session) => {
      const protocol = new LoopsProtocol({ ...os, openLocked: provider.openLocked }, layout, new Set([session]), {
        fold: false,
      });
      opened.push(protocol);
      return Promise.resolve(protocol);
    },
    entry: (name) => pathEntry(root.in(name)),
    files: () => fs.readdirSync(root.path, { recursive: true }).map(String),
    leaveDead: async (entry) => {
      const target = entry.kind === 'path' ? entry.path : '';
      const child = spawn(
        process.execPath,
        ['--input-type=module', '-e', doomedHolder, libraryFile, root.path, target],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      await once(child.stdout, 'data');
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    deleteRecord: ({ file }) => fs.unlinkSync(path.resolve(file)),
    transfer: (to, held, session) => to.transfer(held, session),
    close: async () => {
      for (const protocol of opened) await protocol.close();
      root[Symbol.dispose]();
    },
  };
}

describe('The loops store', () => {
  let root: TemporaryRoot;
  beforeEach(() => (root = new TemporaryRoot()));
  afterEach(() => root[Symbol.dispose]());

  const open = async (): Promise<LoopsProtocol> =>
    new LoopsProtocol(await openNodeOs(), layoutOf(root.path, '.loops'), new Set(), { fold: false });

  it('judges a record of a newer version by its pid, whatever it leaves out', async () => {
    fs.mkdirSync(root.running, { recursive: true });
    const wlock = { version: 99, id: '00000000-0000-4000-8000-000000000000', scope: 'in words of tomorrow' };
    const record = (pid: number): string =>
      JSON.stringify({ loop_name: 'next', scope: [root.path], pid, started_at: new Date().toISOString(), wlock });
    const file = path.join(root.running, 'next.lock');
    fs.writeFileSync(file, record(process.pid));
    const protocol = await open();
    assert.equal((await protocol.list()).locks[0]?.verdict, 'live');
    fs.writeFileSync(file, record(4_194_303)); // above every pid of a default Linux
    assert.equal((await protocol.list()).locks[0]?.verdictReason, 'pid-dead');
  });

  it('leaves no hold of the dead behind when it reaps', async () => {
    const store = await openStore('fs-ext');
    await store.leaveDead(store.entry('src'));
    const alive = path.join(store.root, '.loops/.running/.wlock/alive');
    assert.equal(fs.readdirSync(alive).length, 1);
    const protocol = await store.open('reaper');
    for (const lock of (await protocol.list()).locks) await protocol.reap(lock);
    assert.deepEqual(fs.readdirSync(alive), []);
    await store.close();
  });

  it('sweeps the holds of the dead in the end, however many files among them cannot be swept', async () => {
    const { alive } = layoutOf(root.path, '.loops');
    fs.mkdirSync(alive, { recursive: true });
    for (let i = 0; i < 200; i++) fs.symlinkSync('/nowhere', path.join(alive, `link ${i}`));
    const left = ['a', 'm', 'z'].map((name) => path.join(alive, name));
    for (const file of left) fs.writeFileSync(file, '');
    const os = await openNodeOs();
    for (let tenth = 0; tenth < 10; tenth++) {
      await drive({ ...os, random: () => tenth / 10 }, sweepHolds(layoutOf(root.path, '.loops'), []));
    }
    assert.deepEqual(
      left.filter((file) => fs.existsSync(file)),
      [],
    );
    assert.equal(fs.readdirSync(alive).length, 200);
  });

  it('is not taken over from the dead by another process of the session: somebody may have had the lock since', async () => {
    const store = await openStore('fs-ext');
    await store.leaveDead(store.entry('src'));
    const protocol = await store.open('successor');
    const [dead] = (await protocol.list()).locks;
    assert.ok(dead?.token);
    const { id, token, scope, mode, file } = dead;
    const held = {
      id,
      protocol: 'loops',
      token,
      scope,
      mode,
      file,
      holderName: 'a',
      session: '',
      revision: 0,
      acquiredAt: 0,
    } as const;
    assert.equal((await protocol.transfer(held, 'successor')).kind, 'lost');
    assert.equal((await protocol.list()).locks[0]?.verdict, 'stale');
    await store.close();
  });

  it('keeps the renewed lock where its old record cannot be deleted, and releases both', async () => {
    const os = await openNodeOs();
    let refused = '';
    const unlink = (file: string): boolean => {
      if (file === refused) throw Object.assign(new Error('EPERM: operation not permitted'), { code: 'EPERM' });
      return os.unlink(file);
    };
    const layout = layoutOf(root.path, '.loops');
    const protocol = new LoopsProtocol({ ...os, unlink }, layout, new Set(['s']), { fold: false });
    const scope = [{ kind: 'path', path: root.in('src') }] as const;
    const request = { scope, mode: 'exclusive', holderName: 'a', session: 's', tool: 'test' } as const;
    const acquired = await protocol.acquire(request, new AbortController().signal);
    assert.equal(acquired.kind, 'acquired');
    refused = acquired.held.file;
    const renewed = await protocol.renew(acquired.held, 60_000);
    assert.equal(renewed.kind, 'renewed');
    assert.deepEqual(root.records().length, 2);
    const again = await protocol.renew(renewed.held, 60_000);
    assert.equal(again.kind, 'renewed');
    refused = '';
    await protocol.release(again.held);
    assert.deepEqual(root.records(), []);
    await protocol.close();
  });

  it('waits for a record that somebody is writing in place, and shows one that stays malformed', async () => {
    fs.mkdirSync(root.running, { recursive: true });
    const file = path.join(root.running, 'slow.lock');
    fs.writeFileSync(file, '{"loop_name"');
    const record = { loop_name: 'slow', scope: [root.path], pid: process.pid, started_at: new Date().toISOString() };
    const protocol = await open();
    const listing = protocol.list();
    fs.writeFileSync(file, JSON.stringify(record));
    assert.deepEqual(
      (await listing).locks.map(({ verdict }) => verdict),
      ['live'],
    );
    fs.writeFileSync(file, '{"loop_name"');
    assert.deepEqual(
      (await protocol.list()).locks.map(({ verdict }) => verdict),
      ['malformed'],
    );
  });
});

describeLockProtocol('loops, with fs-ext', [], () => openStore('fs-ext'));
describeLockProtocol('loops, with the portable flock provider', [], () => openStore('portable'));

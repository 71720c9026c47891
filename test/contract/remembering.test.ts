/** When a process may go by what it remembers of a store, and what must never be taken for known. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { openNodeOs, type NodeOs } from '../../src/os/node.ts';
import { drive, type Fd, type FileInfo, type Os } from '../../src/os/os.ts';
import { DirectoryWatch } from '../../src/os/watching.ts';
import type { Gate } from '../../src/protocols/loops/gate.ts';
import { GateRecords } from '../../src/protocols/loops/gateRecords.ts';
import { layoutOf, type StoreLayout } from '../../src/protocols/loops/layout.ts';
import type { Observer } from '../../src/protocols/loops/observe.ts';
import { StoreList } from '../../src/protocols/loops/storeList.ts';
import { ourRecord } from '../real/ourRecord.ts';
import { TemporaryRoot } from '../real/temporaryRoot.ts';
import { waitFor } from '../real/waitFor.ts';

const caseRule = { fold: false };
const longAgoMs = 1_600_000_000_000;

describe('What is remembered of a store', () => {
  let os: NodeOs;
  let root: TemporaryRoot;
  let layout: StoreLayout;

  before(async () => (os = await openNodeOs()));

  beforeEach(() => {
    root = new TemporaryRoot();
    layout = layoutOf(root.path, '.loops');
    fs.mkdirSync(layout.alive, { recursive: true });
    fs.writeFileSync(layout.gate, '');
  });

  afterEach(() => root[Symbol.dispose]());

  function put(name: string, directory = layout.running): string {
    const file = path.join(directory, name);
    const loop = {
      loop_name: 'loop',
      scope: ['src'],
      pid: process.pid,
      started_at: new Date().toISOString(),
    };
    fs.writeFileSync(file, JSON.stringify(loop));
    return file;
  }

  describe('inside the gate', () => {
    let clock: Fd;
    let gate: Gate;

    beforeEach(() => {
      clock = fs.openSync(path.join(layout.alive, 'hold'), 'w+') as Fd;
      const fd = fs.openSync(layout.gate, 'r') as Fd;
      gate = { fd, info: os.fstat(fd) };
    });

    afterEach(() => {
      fs.closeSync(clock);
      fs.closeSync(gate.fd);
    });

    /** Whether it would be trusted, on whatever file system this is: a coarse clock may need some tries. */
    async function isEverTrusted(port: Os, change: () => void = () => undefined): Promise<boolean> {
      for (let turn = 0; turn < 200; turn++) {
        const records = new GateRecords(layout, caseRule, 0);
        await drive(port, records.bringUpToDate());
        fs.writeFileSync(path.join(layout.running, 'x.tmp'), '');
        change();
        await drive(port, records.trust(gate, clock));
        if (records.isTrusted) return true;
        await new Promise((resolve) => setImmediate(resolve));
      }
      return false;
    }

    it('is trusted where a later write got a later time', async () => {
      await waitFor('a time between two of the clock’s steps', () => isEverTrusted(os), 20_000);
    });

    it('is not where the clock’s file is on another file system', async () => {
      const elsewhere: Os = { ...os, fstat: (fd) => ({ ...os.fstat(fd), dev: -1, mtimeMs: Date.now() + 1e9 }) };
      assert.equal(await isEverTrusted(elsewhere), false);
    });

    it('is not, and nothing fails, where the disk is full', async () => {
      const full: Os = {
        ...os,
        write: () => {
          throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' });
        },
      };
      assert.equal(await isEverTrusted(full), false);
    });

    it('is not where the gate was deleted meanwhile', async () => {
      assert.equal(await isEverTrusted(os, () => fs.rmSync(layout.gate, { force: true })), false);
    });

    it('is not where a folder came meanwhile', async () => {
      let n = 0;
      assert.equal(await isEverTrusted(os, () => fs.mkdirSync(path.join(layout.running, `group-${n++}`))), false);
    });

    it('is not where a folder could not be listed', async () => {
      const group = path.join(layout.running, 'oracles');
      fs.mkdirSync(group);
      const failing: Os = { ...os, readdir: (folder) => (folder === group ? fail('EMFILE') : os.readdir(folder)) };
      assert.equal(await isEverTrusted(failing), false);
    });
  });

  describe('for a picture', () => {
    let observer: Observer;
    let list: StoreList;

    beforeEach(() => {
      observer = { layout, identity: os.identity(), sessions: new Set(), caseRule };
      list = new StoreList(observer);
    });

    /** Everything changed long ago, so that its time would tell of a change. */
    const settled = (port: Os): Os => ({
      ...port,
      lstat: (file) => withOldTimes(port.lstat(file)),
      fstat: (fd) => withOldTimes(port.fstat(fd)),
    });
    const verdicts = async (port: Os = os): Promise<readonly string[]> =>
      (await drive(settled(port), list.list())).locks.map(({ verdict }) => verdict);

    it('sees what comes to a folder that is behind a link', async () => {
      const behind = root.in('elsewhere');
      fs.renameSync(layout.running, behind);
      fs.symlinkSync(behind, layout.running);
      assert.deepEqual(await verdicts(), []);
      put('nightly.lock');
      assert.deepEqual(await verdicts(), ['live']);
    });

    it('reads again what could not be read once, although nothing has changed', async () => {
      const file = put('nightly.lock');
      const failing: Os = { ...os, open: (name, how) => (name === file ? fail('EMFILE') : os.open(name, how)) };
      assert.deepEqual(await verdicts(failing), ['unknown']);
      assert.deepEqual(await verdicts(), ['live']);
    });

    it('lists again a folder that could not be listed once, although nothing has changed', async () => {
      const group = path.join(layout.running, 'oracles');
      fs.mkdirSync(group);
      put('x.lock', group);
      const failing: Os = { ...os, readdir: (folder) => (folder === group ? fail('EMFILE') : os.readdir(folder)) };
      assert.deepEqual(await verdicts(failing), []);
      assert.deepEqual(await verdicts(), ['live']);
    });

    it('is told by name what a listing would not see', async () => {
      assert.deepEqual(await verdicts(), []);
      const name = `wlock-${randomUUID()}.lock`;
      fs.writeFileSync(path.join(layout.running, name), ourRecord('somebody', root.in('src')));
      assert.deepEqual(await verdicts(), [], 'the folder’s time was said to be the same');
      const { locks } = await drive(settled(os), list.list(new Set([name])));
      assert.deepEqual(
        locks.map(({ verdict }) => verdict),
        ['live'],
      );
    });
  });

  it('is watched also where links lead in a circle', () => {
    fs.symlinkSync('.queue', path.join(layout.loops, '.queue'));
    const watch = new DirectoryWatch(path.join(layout.loops, '.queue'), () => undefined);
    watch.rearm();
    watch.dispose();
  });
});

function withOldTimes<Info extends FileInfo | undefined>(info: Info): Info {
  return info && { ...info, mtimeMs: longAgoMs, ctimeMs: longAgoMs };
}

function fail(code: string): never {
  throw Object.assign(new Error(code), { code });
}

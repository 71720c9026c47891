/** What only a kernel can put into a store: devices, sockets, links that lead out. In memory, the fuzzer has their kinds. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { openLocks, type LockManager } from '../../src/manager/lockManager.ts';
import { decodeRecord } from '../../src/protocols/loops/record.ts';
import { TemporaryRoot } from '../real/temporaryRoot.ts';

const record = (changes: object = {}): string =>
  JSON.stringify({ loop_name: 'x', scope: ['src'], pid: 99_999_999, started_at: 'never', ...changes });

describe('In a store', () => {
  let root: TemporaryRoot;
  let manager: LockManager;

  beforeEach(async () => {
    root = new TemporaryRoot();
    fs.mkdirSync(root.running, { recursive: true });
    manager = await openLocks({ root: root.path });
  });
  afterEach(async () => {
    await manager.close();
    root[Symbol.dispose]();
  });

  const assertNoLock = async (says: RegExp): Promise<void> => {
    const { locks } = await manager.refresh();
    assert.deepEqual(
      locks.map(({ verdict }) => verdict),
      ['malformed'],
    );
    const [evidence] = locks[0]?.evidence ?? [];
    assert.ok(evidence?.kind === 'record');
    assert.match(evidence.problem, says);
    const outcome = await manager.acquire({ scope: ['.'], holder: 'me' });
    assert.ok(outcome.ok);
    await outcome.held.release();
    assert.equal(root.records().length, 1);
  };

  for (const [what, kind, numbers] of [
    ['a character device that never ends', 'c', ['1', '5']],
    ['a block device', 'b', ['7', '200']],
  ] as const) {
    it(`${what} is no lock, is never opened, and stays`, async () => {
      execFileSync('mknod', [path.join(root.running, 'x.lock'), kind, ...numbers]);
      await assertNoLock(/it is a device/);
    });
  }

  it('a socket is no lock', async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(path.join(root.running, 'x.lock'), resolve));
    try {
      await assertNoLock(/it is a socket/);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('a link that leads out of it is not followed, also where it ends in a record', async () => {
    fs.writeFileSync(root.in('outside.lock'), record());
    fs.symlinkSync('../../outside.lock', path.join(root.running, 'x.lock'));
    await assertNoLock(/it is a symbolic link/);
    assert.equal(fs.readFileSync(root.in('outside.lock'), 'utf8'), record());
  });

  it('a linked folder of records is not entered', async () => {
    fs.mkdirSync(root.in('elsewhere'));
    fs.writeFileSync(root.in('elsewhere', 'y.lock'), record());
    fs.symlinkSync(root.in('elsewhere'), path.join(root.running, 'oracles'));
    fs.symlinkSync('.', path.join(root.running, 'circle'));
    assert.deepEqual((await manager.refresh()).locks, []);
  });
});

describe('A record', () => {
  it('with a key twice says what its last one says, as for little-loops', () => {
    const decoded = decodeRecord(Buffer.from(record().replace('{', '{"pid":1,"scope":["/"],')));
    assert.ok(decoded.kind === 'record');
    assert.deepEqual([decoded.record.pid, decoded.record.paths], [99_999_999, ['src']]);
  });

  it('of a megabyte of braces is read in a moment, and its outer scope counts', () => {
    const entry = { kind: 'glob', base: '/r', pattern: '{1..256}' };
    const wlock = { version: 1, id: '29757345-ddc9-473f-8cad-75e230115470', scope: Array(20_000).fill(entry) };
    const begunAt = performance.now();
    const decoded = decodeRecord(Buffer.from(record({ wlock })));
    assert.ok(decoded.kind === 'record' && decoded.record.extra);
    assert.equal(decoded.record.extra.scope, undefined);
    assert.ok(performance.now() - begunAt < 2_000, 'it was expanded: that takes ten seconds');
  });
});

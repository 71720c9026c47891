/** claude-swarm's lock directory with everybody in it: our other stores, our own disjoint locks, agents, odd spellings. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Lock, LockId } from '../../src/core/lock.ts';
import { globEntry } from '../../src/core/scope/entry.ts';
import { verdictSentence } from '../../src/core/sentences.ts';
import { openLocks, type LockManager } from '../../src/manager/lockManager.ts';
import { lossCauseOf, type HeldLock } from '../../src/manager/heldLock.ts';
import { drive } from '../../src/os/os.ts';
import { openNodeOs } from '../../src/os/node.ts';
import { ClaudeSwarmProtocol } from '../../src/protocols/claudeSwarm/claudeSwarm.ts';
import { livingAre } from './livingAre.ts';
import { lockName } from '../../src/protocols/claudeSwarm/name.ts';
import { Places } from '../../src/protocols/claudeSwarm/place.ts';
import { agentOf, storeMarkOf } from '../../src/protocols/claudeSwarm/record.ts';
import type { HeldElsewhere } from '../../src/protocols/protocol.ts';
import { peersFolder, pythonFile } from '../real/programs.ts';
import { TemporaryRoot } from '../real/temporaryRoot.ts';
import { waitFor } from '../real/waitFor.ts';

describe('In claude-swarm’s lock directory', () => {
  let root: TemporaryRoot;
  let managers: LockManager[];
  beforeEach(() => {
    root = new TemporaryRoot();
    for (const folder of ['.agent_locks', 'src', 'docs']) fs.mkdirSync(root.in(folder));
    managers = [];
  });
  afterEach(async () => {
    for (const manager of managers) await manager.close();
    root[Symbol.dispose]();
  });

  const open = async (folder = '', environment: NodeJS.ProcessEnv = {}): Promise<LockManager> => {
    const manager = await openLocks({ root: root.in(folder), environment: { HOME: root.in('home'), ...environment } });
    managers.push(manager);
    return manager;
  };
  const hold = async (manager: LockManager, ...scope: readonly string[]): Promise<HeldLock> => {
    const outcome = await manager.acquire({ scope, holder: 'me' });
    assert.ok(outcome.ok, 'refused');
    return outcome.held;
  };
  const isRefused = async (manager: LockManager, ...scope: readonly string[]): Promise<boolean> => {
    const outcome = await manager.acquire({ scope, holder: 'another' });
    if (outcome.ok) await outcome.held.release();
    return !outcome.ok;
  };
  const records = (): readonly string[] => fs.readdirSync(root.in('.agent_locks'));
  const writeRecord = (filepath: string, changes: object = {}): string => {
    const record = { agent_id: 'agent-7', filepath, locked_at: Date.now() / 1_000, reason: '', ...changes };
    const file = root.in('.agent_locks', lockName(filepath));
    fs.writeFileSync(file, JSON.stringify(record));
    return file;
  };
  const agent = (...words: readonly string[]): Promise<string> => runPeer(root, words);
  /** As if it had been refreshed so long ago. */
  const setBack = (name: string, seconds: number): void => {
    const file = root.in('.agent_locks', name);
    const text = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(
      file,
      text.replace(/"locked_at": [\d.]+/, `"locked_at": ${(Date.now() / 1_000 - seconds).toFixed(6)}`),
    );
  };
  const swarmLocks = async (manager: LockManager): Promise<readonly Lock[]> =>
    (await manager.refresh()).locks.filter(({ protocol }) => protocol === 'claude-swarm');

  describe('two stores of ours below one root of it', () => {
    const openBoth = async (): Promise<readonly [LockManager, LockManager]> => [await open(), await open('src')];

    it('obey each other’s living locks, and show whose they are', async () => {
      const [one, two] = await openBoth();
      const held = await hold(one, 'src');
      const before = records();
      assert.equal(before.length, 2);
      assert.equal(await isRefused(two, 'a.py'), true);
      assert.deepEqual(records(), before);
      const [lock] = await swarmLocks(two);
      assert.deepEqual([lock?.verdict, lock?.holder.name, lock?.standsFor], ['live', 'me', undefined]);
      assert.ok(lock);
      assert.equal((await two.reap(lock)).kind, 'still-live');
      await held.check();
      assert.equal(held.lost.aborted, false);
      await held.release();
      assert.equal(await isRefused(two, 'a.py'), false);
    });

    it('leave each other’s locks until their time is over', async () => {
      const [one, two] = await openBoth();
      const held = await hold(one, 'src/a.py');
      for (const name of records()) setBack(name, 301);
      assert.equal(await isRefused(two, 'a.py'), false);
      await held.check();
      assert.deepEqual(lossCauseOf(held.lost), { kind: 'lost-elsewhere', protocol: 'claude-swarm' });
      await held.release();
    });
  });

  describe('an agent’s lock', () => {
    const verdictOf = async (manager: LockManager): Promise<string | undefined> =>
      (await swarmLocks(manager))[0]?.verdict;
    const configure = (text: string, ...folders: readonly string[]): void =>
      fs.writeFileSync(root.in(...folders, '.claudeswarm.yaml'), text);

    it('by a path through a link covers where the link leads, also by pattern', async () => {
      fs.symlinkSync('src', root.in('lnk'));
      const manager = await open();
      for (const word of ['lnk/a.py', 'lnk/*.py', 'lnk']) {
        const file = writeRecord(word);
        assert.equal(await isRefused(manager, 'src/a.py'), true, word);
        assert.equal(await isRefused(manager, 'docs/a.py'), false, word);
        fs.unlinkSync(file);
      }
    });

    it('covers a name on the disk in either Unicode form, and ours keeps out both', async () => {
      const manager = await open();
      for (const form of ['NFC', 'NFD']) {
        const name = `src/\u00fc-${form}.py`.normalize(form);
        fs.writeFileSync(root.in(name), '');
        for (const word of [name.normalize('NFC'), name.normalize('NFD'), 'src/\u00fc*', 'src/u\u0308*']) {
          const file = writeRecord(word);
          assert.equal(await isRefused(manager, name), true, `${form}: ${JSON.stringify(word)}`);
          fs.unlinkSync(file);
        }
        const held = await hold(manager, name);
        const names = [...new Set([name, name.normalize('NFC')])].map((word) => lockName(word));
        assert.deepEqual([...records()].sort(), names.sort());
        await held.release();
      }
    });

    it('is seen behind a lock directory that is a link, and once where two roots share it', async () => {
      fs.renameSync(root.in('.agent_locks'), root.in('elsewhere'));
      fs.symlinkSync('elsewhere', root.in('.agent_locks'));
      fs.symlinkSync(root.in('elsewhere'), root.in('src', '.agent_locks'));
      writeRecord('src/a.py');
      assert.equal((await swarmLocks(await open())).length, 1);
      fs.mkdirSync(root.in('home'));
      fs.symlinkSync(root.path, root.in('home', 'work'));
      const linked = await open('', { CLAUDESWARM_ROOT: root.in('home', 'work') });
      assert.equal(await isRefused(linked, 'src/a.py'), true);
    });

    it('in a package that lies deeper than we search is obeyed by whoever asks for a path in it', async () => {
      const deep = ['src', 'a', 'b', 'c', 'd', 'e'];
      fs.mkdirSync(root.in(...deep, '.agent_locks'), { recursive: true });
      const file = root.in(...deep, '.agent_locks', lockName('x.py'));
      const record = { agent_id: 'agent-7', filepath: 'x.py', locked_at: Date.now() / 1_000, reason: '' };
      fs.writeFileSync(file, JSON.stringify(record));
      const manager = await open();
      assert.equal(await isRefused(manager, [...deep, 'x.py'].join('/')), true);
      assert.equal((await swarmLocks(manager)).length, 1, 'and is listed from then on');
      const held = await hold(manager, [...deep, 'y.py'].join('/'));
      assert.equal(fs.readdirSync(root.in(...deep, '.agent_locks')).length, 3);
      await held.release();
    });

    it('is judged by the time-out of the nearest configuration file only', async () => {
      const manager = await open();
      writeRecord('src/a.py', { locked_at: Date.now() / 1_000 - 1_000 });
      assert.equal(await verdictOf(manager), 'stale');
      configure('locking: {stale_timeout: 3000}');
      assert.equal(await verdictOf(manager), 'live');
      fs.mkdirSync(root.in('src', '.agent_locks'));
      configure('', 'src');
      const nested = new Places(root.path, undefined);
      const places = await drive(await openNodeOs(), nested.find());
      assert.deepEqual(
        places.map(({ timeoutMs }) => timeoutMs),
        [3_000_000, 300_000],
      );
    });

    it('counts as live for a day where the time-out cannot be told, which “wlock doctor” says', async () => {
      const manager = await open();
      writeRecord('src/a.py', { locked_at: Date.now() / 1_000 - 80_000 });
      configure('locking:\n  stale_timeout: 5 minutes\n');
      assert.equal(await verdictOf(manager), 'live');
      assert.equal(await isRefused(manager, 'src/a.py'), true);
      const remarks = (await manager.tools.find('claude-swarm')?.describe()) ?? [];
      assert.deepEqual(
        remarks.map(({ level }) => level),
        ['ok', 'problem'],
      );
      assert.match(remarks[1]?.text ?? '', /\.claudeswarm\.yaml is not understood/);
    });
  });

  describe('what a dead lock of ours has left', () => {
    const leave = (secondsAgo: number): string => {
      const mark = storeMarkOf(root.running);
      const agentId = agentOf('0b2ff8a3-43b1-4d2c-9a53-7b0d1a4f4c11' as LockId, mark);
      fs.writeFileSync(root.in('src', 'a.py'), '');
      return writeRecord('src/a.py', { agent_id: agentId, locked_at: Date.now() / 1_000 - secondsAgo, reason: 'dead' });
    };
    const reaped = async (manager: LockManager): Promise<string> => {
      const [lock] = await swarmLocks(manager);
      assert.ok(lock);
      assert.deepEqual([lock.verdict, lock.verdictReason], ['stale', 'owner-gone']);
      return (await manager.reap(lock)).kind;
    };

    for (const secondsAgo of [5, 200, 285, 301]) {
      it(`blocks nobody ${secondsAgo} s after its last refresh, and is reaped`, async () => {
        const manager = await open();
        leave(secondsAgo);
        assert.equal(await reaped(manager), 'reaped');
        leave(secondsAgo);
        assert.equal(await isRefused(manager, 'src/a.py'), false);
        assert.deepEqual(records(), []);
      });
    }

    it('is left alone in the last seconds of its time, when an agent may be about to replace it', async () => {
      const manager = await open();
      leave(295);
      assert.equal(await reaped(manager), 'still-live');
      assert.equal(await isRefused(manager, 'src/a.py'), true);
      assert.equal(records().length, 1);
    });
  });

  describe('a file without a record where ours has to be', () => {
    const leave = (seconds: number, text = ''): string => {
      const file = root.in('.agent_locks', lockName('src/a.py'));
      fs.writeFileSync(file, text);
      const then = Date.now() / 1_000 - seconds;
      fs.utimesSync(file, then, then);
      return file;
    };
    beforeEach(() => fs.writeFileSync(root.in('src', 'a.py'), ''));

    for (const text of ['', '{"agent_id": "agent-7"', '{"agent_id": "agent-7"}']) {
      it(`is left by the dead once it is old (${text})`, async () => {
        leave(11, text);
        const held = await hold(await open(), 'src/a.py');
        assert.match(await agent('acquire', '--agent=x', '--file=src/a.py'), /"conflict"/);
        await held.release();
        assert.deepEqual(records(), []);
      });
    }

    it('is perhaps being written while it is young, which the refusal says', async () => {
      const file = leave(5);
      const outcome = await (await open()).acquire({ scope: ['src/a.py'], holder: 'me' });
      assert.ok(!outcome.ok);
      assert.deepEqual(
        outcome.conflict.locks.map((lock) => [lock.verdict, verdictSentence(lock)]),
        [['unknown', 'Perhaps a lock that is just being written: it is empty. Ask again in some seconds.']],
      );
      assert.equal(fs.readFileSync(file, 'utf8'), '');
    });

    it('is kept, and named, where no agent can have written it', async () => {
      const file = root.in('.agent_locks', lockName('src/a.py'));
      fs.mkdirSync(file);
      await assert.rejects(hold(await open(), 'src/a.py'), {
        code: 'store-not-writable',
        message: /it is a directory/,
      });
      fs.rmdirSync(file);
      leave(1_000, ' '.repeat(70_000));
      await assert.rejects(hold(await open(), 'src/a.py'), { code: 'store-not-writable', message: /larger than/ });
      assert.equal(fs.statSync(file).size, 70_000);
    });
  });

  describe('a lock of ours', () => {
    it('gives a reason that Python can print, however long and broken ours is', async () => {
      const manager = await open();
      const reason = `\ud800${'x'.repeat(494)}😀😀`;
      const outcome = await manager.acquire({ scope: ['src/a.py'], holder: 'me', reason });
      assert.ok(outcome.ok);
      const [name = ''] = records();
      const text = fs.readFileSync(root.in('.agent_locks', name), 'utf8');
      const record = JSON.parse(text) as Readonly<Record<string, string>>;
      assert.equal(record['reason'], `me: \ufffd${'x'.repeat(494)}😀`);
      await outcome.held.release();
    });
  });

  describe('two locks of ours that are one word there', () => {
    it('both stand where the other comes while the first is about to write its record', async () => {
      const os = await openNodeOs();
      const mark = storeMarkOf('/a/store');
      const [one, other] = [os.uuid() as LockId, os.uuid() as LockId];
      const living: Lock[] = [];
      const link: typeof os.link = (from, to) => {
        if (living.length === 0) {
          living.push({ ...aLock, id: other }); // its lock is published before its record
          writeRecord('src/*', { agent_id: agentOf(other, mark) });
        }
        return os.link(from, to);
      };
      const protocol = new ClaudeSwarmProtocol(
        { ...os, link },
        new Places(root.path, undefined),
        { fold: false },
        mark,
      );
      const whose = { mode: 'exclusive', holderName: 'me', session: 'ours', tool: 'test' } as const;
      const outcome = await protocol.acquire({
        scope: [globEntry(root.in('src'), '*.py')],
        ...whose,
        standsFor: { id: one, living: livingAre(living) },
      });
      assert.ok(outcome.kind === 'acquired');
      const [name = ''] = records();
      assert.match(fs.readFileSync(root.in('.agent_locks', name), 'utf8'), new RegExp(agentOf(other, mark)));
      assert.equal(await protocol.lossOf(outcome.held), undefined);
      await protocol.release(outcome.held);
      assert.deepEqual(records(), [name], 'it is the other’s');
    });

    const wordHeld = async (): Promise<{ first: HeldLock; second: HeldLock; secondsManager: LockManager }> => {
      const [one, two] = [await open(), await open()];
      return { first: await hold(one, 'src/*.py'), second: await hold(two, 'src/*.ts'), secondsManager: two };
    };

    it('both keep agents out, also when the first has been released', async () => {
      const { first, second, secondsManager } = await wordHeld();
      assert.equal(records().length, 1);
      await first.release();
      await waitFor('the second takes the word', () => records().length === 1);
      assert.match(await agent('acquire', '--agent=x', '--file=src/a.ts'), /"conflict"/);
      await second.check();
      assert.equal(second.lost.aborted, false);
      assert.deepEqual(await swarmLocks(secondsManager), [], 'it is the second’s projection');
      await second.release();
      assert.deepEqual(records(), []);
    });

    for (const file of ['src/*', 'src/a.ts']) {
      it(`tell the second as lost where an agent takes ${file} in the moment between`, async () => {
        const os = await openNodeOs();
        const places = new Places(root.path, undefined);
        const protocol = new ClaudeSwarmProtocol(os, places, { fold: false }, storeMarkOf('/a/store'));
        const take = async (pattern: string, locks: readonly Lock[]): Promise<HeldElsewhere> => {
          const scope = [globEntry(root.in('src'), pattern)];
          const standsFor = { id: os.uuid() as LockId, living: livingAre(locks) };
          const whose = { holderName: 'me', session: 'ours', tool: 'test' };
          const outcome = await protocol.acquire({ scope, mode: 'exclusive', ...whose, standsFor });
          assert.ok(outcome.kind === 'acquired');
          return outcome.held;
        };
        const first = await take('*.py', []);
        const second = await take(
          '*.ts',
          (await protocol.list()).locks.map((lock) => ({ ...lock, id: first.id })),
        );
        assert.equal(await protocol.lossOf(second), undefined, 'the first’s record stands for both');
        await protocol.release(first);
        writeRecord(file);
        const lost = { kind: 'lost-elsewhere', protocol: 'claude-swarm' };
        assert.deepEqual(await protocol.lossOf(second), lost);
        fs.rmSync(root.in('.agent_locks', lockName(file)));
        assert.deepEqual(await protocol.lossOf(second), lost, 'for good');
        await protocol.release(second);
        assert.deepEqual(records(), []);
      });
    }
  });
});

const aLock: Lock = {
  ...({
    id: 'x' as LockId,
    protocol: 'loops',
    mode: 'exclusive',
    acquiredAt: 0,
    verdict: 'live',
    evidence: [],
  } as const),
  ...({ verdictReason: 'hold-held', enforced: true, mine: true, sameUser: true, file: '', fingerprint: '' } as const),
  holder: { name: 'other' },
  scope: [],
};

/** What it prints. */
async function runPeer(root: TemporaryRoot, words: readonly string[]): Promise<string> {
  const child = spawn(pythonFile(), [path.join(peersFolder, 'claude_swarm.py'), `--root=${root.path}`, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  await once(child, 'close');
  return output;
}

/** The troubleshooting page: every message that it quotes is brought about here, and no code and no verdict is missing. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lock, LockId } from '../../src/core/lock.ts';
import { fold } from '../../src/core/projections.ts';
import { errorCodes, LockError, type ErrorCode } from '../../src/core/errors.ts';
import { pathEntry } from '../../src/core/scope/entry.ts';
import { ScopeError, scopeErrorCodes, type ScopeErrorCode } from '../../src/core/scope/scopeError.ts';
import { verdictSentence } from '../../src/core/sentences.ts';
import { judge, verdictReasons, verdicts, type Facts, type Reading } from '../../src/core/verdict.ts';
import { acquireOrThrow } from '../../src/manager/acquireOrThrow.ts';
import { lossCauseOf } from '../../src/manager/heldLock.ts';
import { openLocks, type AcquireOptions, type LockManager } from '../../src/manager/lockManager.ts';
import { lossSentence } from '../../src/manager/lossSentence.ts';
import { waitUntil } from '../../src/manager/waitUntil.ts';
import { openNodeOs } from '../../src/os/node.ts';
import { AgentwireProtocol } from '../../src/protocols/agentwire/agentwire.ts';
import { layoutOf } from '../../src/protocols/loops/layout.ts';
import { LoopsProtocol } from '../../src/protocols/loops/loops.ts';
import { OpenclawProtocol } from '../../src/protocols/openclaw/openclaw.ts';
import type { LossCause } from '../../src/protocols/protocol.ts';
import { cliFile } from './programs.ts';
import { Started } from './started.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { runWlock, spawnWlock, type WlockOptions } from './wlock.ts';
import { removeFolder } from '../setup/removeFolder.mjs';

type Code = ErrorCode | ScopeErrorCode;
interface Failure {
  readonly code: string;
  readonly message: string;
}

const page = fs.readFileSync(fileURLToPath(new URL('../../docs/troubleshooting.md', import.meta.url)), 'utf8');

/** What stands below a heading, to the next one of its rank or above. */
function section(heading: string): string {
  const at = page.indexOf(`\n${heading}\n`);
  assert.ok(at >= 0, `the page has a heading ${heading}`);
  const rank = heading.indexOf(' ');
  const rest = page.slice(at + heading.length + 1);
  const end = rest.search(new RegExp(`^#{1,${rank}} `, 'm'));
  return end === -1 ? rest : rest.slice(0, end);
}

/** A quotation as it stands on the page; `…` stands for any text. */
function fits(quotation: string, said: string): boolean {
  const parts = quotation.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*')}$`).test(said);
}

function assertQuoted(quotations: readonly string[], said: readonly string[]): void {
  for (const sentence of said) {
    assert.ok(
      quotations.some((quotation) => fits(quotation, sentence)),
      `not on the page: ${sentence}`,
    );
  }
  for (const quotation of quotations) {
    assert.ok(
      said.some((sentence) => fits(quotation, sentence)),
      `nobody says: ${quotation}\nbut: ${said.join('\n')}`,
    );
  }
}

const emphasized = (text: string): readonly string[] =>
  [...text.matchAll(/_([^_]+)_/g)].map(([, quotation = '']) => quotation.replaceAll('\n', ' ').replace(/ {2,}/g, ' '));

describe('The troubleshooting page', () => {
  let root: TemporaryRoot;
  let started: Started;
  let managers: LockManager[];

  beforeEach(() => {
    root = new TemporaryRoot();
    started = new Started();
    managers = [];
  });

  afterEach(async () => {
    for (const manager of managers) await manager.close();
    await started.endAll();
    root[Symbol.dispose]();
  });

  const wlock = async (words: readonly string[], options: Partial<WlockOptions> = {}): Promise<Failure> => {
    const { stdout, stderr } = await runWlock(['--json', ...words], { cwd: root.path, ...options });
    const { error } = JSON.parse(stdout) as { error?: Failure };
    assert.ok(error, `${words.join(' ')}: ${stdout}${stderr}`);
    return error;
  };
  const thrown = async (work: () => unknown): Promise<Failure> => {
    try {
      await work();
    } catch (error) {
      assert.ok(error instanceof LockError || error instanceof ScopeError, String(error));
      return error;
    }
    return assert.fail('nothing was thrown');
  };
  const manager = async (): Promise<LockManager> => {
    const opened = await openLocks({ root: root.path, environment: {} });
    managers.push(opened);
    return opened;
  };
  const library = async (options: Partial<AcquireOptions>): Promise<Failure> => {
    const locks = await manager();
    return await thrown(() => locks.acquire({ scope: ['src'], holder: 'test', ...options }));
  };
  const running = (file: string, content: string | object): void => {
    fs.mkdirSync(path.dirname(path.join(root.running, file)), { recursive: true });
    fs.writeFileSync(path.join(root.running, file), typeof content === 'string' ? content : JSON.stringify(content));
  };
  /** Somebody else holds `src`. */
  const hold = async (...words: readonly string[]): Promise<void> => {
    started.add(spawnWlock(['run', '--path', 'src', '--holder', 'other', ...words, '--', 'sleep', '60'], here()));
    await waitFor('the lock', () => root.records().length > 0);
  };
  const inCluster = (port: number): void => {
    const etcd = { endpoints: [`http://127.0.0.1:${port}`], namespace: 'test' };
    fs.writeFileSync(root.in('.wlock.json'), JSON.stringify({ etcd }));
  };
  const here = (): WlockOptions => ({ cwd: root.path });
  /** Somebody is stopped in the gate. */
  const holdGate = async (): Promise<void> => {
    const gate = path.join(root.running, '.acquire.lock');
    const script = ['--no-fork', gate, 'sh', '-c', 'touch inside; exec sleep 60'];
    started.add(spawn('flock', script, { cwd: root.path }));
    await waitFor('the gate to be held', () => fs.existsSync(root.in('inside')));
  };
  /** A keeper holds `src`, for a time. */
  const acquire = async (): Promise<void> => {
    const { code, stderr } = await runWlock(['acquire', '--path', 'src', '--ttl', '60s'], here());
    assert.equal(code, 0, stderr);
  };
  const held = async (): Promise<{ readonly id: string; readonly token: string; readonly pid: number }> => {
    const [lock] = (await (await manager()).refresh()).locks;
    assert.ok(lock);
    return { id: lock.id, token: lock.token ?? '', pid: lock.holder.pid ?? -1 };
  };

  const situations: Readonly<Record<Code, () => Promise<readonly Failure[]>>> = {
    usage: async () => {
      const failures = [
        await wlock(['acquire', '--path', 'a']),
        await wlock(['acquire', '--path', 'a', '--pid', '99999999']),
        await wlock(['run', '--path', 'a', '--holder', 'a\nb', '--', 'true']),
        await wlock(['release', '--all', '--token', 'loops:1']),
        await wlock(['list', '--nope']),
        await library({
          scope: Array.from({ length: 40_000 }, (_, i) => pathEntry(root.in(`a rather long name ${i}`))),
        }),
      ];
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      fs.writeFileSync(root.in('etcd'), '#!/bin/sh\n', { mode: 0o755 });
      failures.push(await wlock(['etcd', 'dev', '--port', `${port}`], { environment: { PATH: root.path } }));
      server.close();
      await hold();
      const { id, token } = await held();
      return [
        ...failures,
        await wlock(['renew', id, '--ttl', '5s', '--token', token]),
        await wlock(['force-release', id]),
      ];
    },
    'root-not-found': async () => [await wlock(['--root', root.in('nowhere'), 'list'])],
    'bad-configuration': async () => {
      fs.writeFileSync(root.in('.wlock.json'), '{"loopsdir": "x"}');
      const configuration = await wlock(['list']);
      fs.rmSync(root.in('.wlock.json'));
      fs.mkdirSync(root.in('.claude'));
      fs.writeFileSync(root.in('.claude', 'settings.json'), '// mine');
      return [configuration, await wlock(['hook', 'claude-code', 'install', '--yes'])];
    },
    'outside-root': async () => [await wlock(['run', '--path', '/etc', '--', 'true'])],
    'unsupported-file-system': async () => {
      const os = await openNodeOs();
      const layout = layoutOf(root.path, '.loops');
      const store = new LoopsProtocol({ ...os, remoteFileSystem: () => 'nfs4' }, layout, new Set(), { fold: false });
      const request = { scope: [pathEntry(root.in('src'))], mode: 'exclusive', holderName: 'a', session: 'a' } as const;
      return [await thrown(() => store.acquire({ ...request, tool: 'test' }, new AbortController().signal))];
    },
    'flock-unavailable': async () => {
      const words = ['run', '--path', 'src', '--', process.execPath, '--version'];
      return [
        await wlock(words, { environment: { WLOCK_FLOCK: 'none' } }),
        await wlock(words, { environment: { WLOCK_FLOCK: 'portable', PATH: root.path } }),
      ];
    },
    'gate-busy': async () => {
      running('.acquire.lock', '');
      await holdGate();
      return [await wlock(['run', '--path', 'src', '--', 'true'])];
    },
    'gate-not-accessible': async () => {
      running('.acquire.lock', '');
      const gate = path.join(root.running, '.acquire.lock');
      fs.chmodSync(gate, 0o600);
      fs.chmodSync(root.running, 0o777);
      const words = ['run', '--path', 'src', '--', 'true'];
      const closed = await wlock(words, { asNobody: true });
      fs.rmSync(gate);
      fs.mkdirSync(gate);
      return [closed, await wlock(words)];
    },
    'store-not-readable': async () => {
      const agentLocks = root.in('.agent_locks');
      fs.mkdirSync(agentLocks, { mode: 0o311 });
      const closed = await wlock(['run', '--path', 'src', '--', 'true'], { asNobody: true });
      removeFolder(agentLocks);
      fs.mkdirSync(root.in('.loops'));
      fs.writeFileSync(root.running, '');
      return [await wlock(['list']), closed];
    },
    'store-not-writable': async () => {
      const words = ['run', '--path', 'src', '--', 'true'];
      running('.wlock/fence', 'of somebody else, and not to be written');
      fs.chmodSync(root.running, 0o777);
      fs.chmodSync(path.join(root.running, '.wlock'), 0o777);
      const fence = await wlock(words, { asNobody: true });
      running('dead.lock', { loop_name: 'dead', scope: [], pid: 99_999_999, started_at: '2026-01-01T00:00:00' });
      fs.chmodSync(root.running, 0o1777);
      running('.acquire.lock', '');
      const reap = await wlock(['reap', 'dead'], { asNobody: true });
      removeFolder(root.running);
      fs.writeFileSync(root.running, '');
      const proof = await runWlock(['--json', 'doctor', '--prove', '/proc'], here());
      const { error } = JSON.parse(proof.stdout) as { readonly error: Failure };
      const barred = await wlock(words);
      fs.rmSync(root.running);
      fs.mkdirSync(root.in('home', '.agentwire', 'locks', 'a.lock'), { recursive: true });
      const session = ['run', '--name', 'agentwire:a', '--', 'true'];
      return [fence, reap, barred, error, await wlock(session, { environment: { HOME: root.in('home') } })];
    },
    'not-found': async () => [await wlock(['release', 'nope'])],
    ambiguous: async () => {
      for (const name of ['nightly-1', 'nightly-2']) {
        running(`${name}.lock`, { loop_name: name, scope: [root.in(name)], pid: 1, started_at: '2026-01-01T00:00:00' });
      }
      return [await wlock(['release', 'nightly'])];
    },
    'not-yours': async () => {
      await hold();
      const { id } = await held();
      const failures = [await wlock(['release', id]), await wlock(['release', id, '--token', 'loops:1'])];
      await started.endAll();
      await waitFor('a stale lock', async () => (await (await manager()).refresh()).locks[0]?.verdict === 'stale');
      return [...failures, await wlock(['release', id])];
    },
    'not-supported': async () => {
      fs.mkdirSync(path.join(root.running, 'folder.lock'), { recursive: true });
      const os = await openNodeOs();
      const openclaw = new OpenclawProtocol(os, { state: root.in('state') });
      const agentwire = new AgentwireProtocol(os, { home: root.path });
      return [
        await wlock(['force-release', 'folder', '--yes']),
        await thrown(() => openclaw.reap()),
        await thrown(() => agentwire.reap()),
        await thrown(() => agentwire.forceRelease()),
      ];
    },
    'keeper-failed': async () => {
      const dist = path.dirname(cliFile);
      const parts = fs.readdirSync(dist).filter((name) => name.endsWith('.cjs') && name !== 'keeper.cjs');
      for (const name of parts) fs.copyFileSync(path.join(dist, name), root.in(name));
      const words = [root.in('cli.cjs'), '--json', 'acquire', '--path', 'src', '--ttl', '60s'];
      const program = started.add(spawn(process.execPath, words, { cwd: root.path }));
      await program.ended();
      return [(JSON.parse(program.output) as { readonly error: Failure }).error];
    },
    'no-answer': async () => {
      await acquire();
      const { id, token, pid } = await held();
      process.kill(pid, 'SIGSTOP');
      try {
        const stopped = await wlock(['renew', id, '--ttl', '60s', '--token', token]);
        process.kill(pid, 'SIGCONT');
        await holdGate();
        return [stopped, await wlock(['renew', id, '--ttl', '60s', '--token', token])];
      } finally {
        process.kill(pid, 'SIGKILL');
      }
    },
    'command-not-found': async () => [
      await wlock(['run', '--path', 'src', '--', 'no-such-command']),
      await wlock(['etcd', 'dev'], { environment: { PATH: root.path } }),
    ],
    'etcd-ended': async () => {
      fs.writeFileSync(root.in('etcd'), '#!/bin/sh\necho "etcd: no such flag" >&2; exit 2\n', { mode: 0o755 });
      return [await wlock(['etcd', 'dev'], { environment: { PATH: root.path } })];
    },
    'etcd-unreachable': async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      server.close();
      await once(server, 'close');
      inCluster(port);
      return [await wlock(['run', '--path', 'src', '--', 'true'])];
    },
    'etcd-refused': async () => {
      const server = createHttpServer((_, response) => {
        response.writeHead(400).end(JSON.stringify({ code: 7, message: 'etcdserver: permission denied' }));
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      inCluster((server.address() as AddressInfo).port);
      const failures = [
        await wlock(['run', '--path', 'src', '--', 'true']),
        await wlock(['run', '--path', 'src', '--', 'true'], {
          environment: { WLOCK_ETCD_USER: 'me', XDG_CONFIG_HOME: root.path },
        }),
      ];
      server.close();
      return failures;
    },
    'command-not-executable': async () => {
      fs.writeFileSync(root.in('text'), '');
      return [
        await wlock(['run', '--path', 'src', '--', '/tmp']),
        await wlock(['run', '--path', 'src', '--', './text']),
      ];
    },
    'confine-unsupported': async () => {
      const confined = ['run', '--confine', '--path', 'src', '--', process.execPath, '--version'];
      fs.writeFileSync(root.in('bwrap'), '#!/bin/sh\necho "bwrap: no namespaces" >&2; exit 1\n');
      const without = await wlock(confined, { environment: { PATH: '' } });
      fs.chmodSync(root.in('bwrap'), 0o755);
      return [without, await wlock(confined, { environment: { PATH: `${root.path}:${process.env['PATH'] ?? ''}` } })];
    },
    'confine-refused': async () => {
      const confine = (...scope: readonly string[]): Promise<Failure> =>
        wlock(['run', '--confine', ...scope, '--', 'true']);
      const failures = [
        await confine('--glob', 'src/*.ts'),
        await confine('--name', 'a'),
        await confine('--path', 'not-there'),
      ];
      fs.mkdirSync(root.in('src'), { recursive: true });
      for (const name of ['a', 'b']) {
        fs.writeFileSync(root.in(name), '');
        fs.linkSync(root.in(name), root.in('src', name));
        failures.push(await confine('--path', 'src'));
      }
      fs.mkdirSync(root.in('linked'));
      fs.symlinkSync('elsewhere', root.in('linked', '.git'));
      failures.push(await confine('--path', 'linked'));
      fs.mkdirSync(root.in('closed'), { mode: 0o311 });
      return [...failures, await wlock(['run', '--confine', '--path', 'closed', '--', 'true'], { asNobody: true })];
    },
    'confine-failed': async () => {
      fs.mkdirSync(root.in('src'), { recursive: true });
      fs.writeFileSync(root.in('bwrap'), '#!/bin/sh\ncase "$*" in *--info-fd*) exit 1;; esac\n', { mode: 0o755 });
      const environment = { PATH: `${root.path}:${process.env['PATH'] ?? ''}` };
      return [await wlock(['run', '--confine', '--path', 'src', '--', 'true'], { environment })];
    },
    conflict: async () => {
      await hold();
      const locks = await manager();
      const request = { scope: ['src'], holder: 'test' };
      return [
        await thrown(() => acquireOrThrow(locks, request)),
        await thrown(() => acquireOrThrow(locks, { ...request, waitMs: 50 })),
      ];
    },
    lost: async () => {
      const locks = await manager();
      const held = await acquireOrThrow(locks, { scope: ['src'], holder: 'test' });
      const { code, stderr } = await runWlock(['force-release', held.id, '--yes'], here());
      assert.equal(code, 0, stderr);
      await waitFor('the loss is told', () => held.lost.aborted);
      return [await thrown(() => held.lost.throwIfAborted())];
    },
    cancelled: async () => {
      const locks = await manager();
      const aborted = AbortSignal.abort();
      return [
        await library({ signal: aborted }),
        await thrown(() => waitUntil(locks, () => false, { timeoutMs: 1_000, signal: aborted })),
      ];
    },
    internal: async () => [await thrown(() => lossCauseOf(new AbortController().signal))],
    empty: async () => [
      await library({ scope: [] }),
      await library({ scope: [{ kind: 'path', path: '' }] }),
      await library({ scope: [{ kind: 'name', name: ' ' }] }),
      await library({ scope: [{ kind: 'glob', base: root.path, pattern: '' }] }),
      await library({ scope: [' '] }),
      await wlock(['run', '--path', '', '--', 'true']),
    ],
    nul: async () => [
      await library({ scope: ['a\0b'] }),
      await library({ scope: [{ kind: 'glob', base: root.path, pattern: '*\0' }] }),
    ],
    unbalanced: async () => [await wlock(['run', '--glob', 'src/[ab', '--', 'true'])],
    'too-many-alternatives': async () => {
      const many = '{a,b}'.repeat(9);
      const some = (n: number): string => `${n}{${Array.from({ length: 200 }, (_, i) => i).join(',')}}`;
      return [
        await wlock(['run', '--glob', many, '--', 'true']),
        await library({ scope: [1, 2, 3, 4, 5, 6].map((n) => ({ as: 'glob', text: some(n) }) as const) }),
      ];
    },
    'too-long': async () => [
      await wlock(['run', '--glob', `${'a'.repeat(2_000)}*`, '--', 'true']),
      await wlock(['run', '--glob', `{${'a,'.repeat(200)}b}${'c'.repeat(500)}*`, '--', 'true']),
    ],
    'too-deep': async () => [await wlock(['run', '--glob', `${'@('.repeat(20)}a${')'.repeat(20)}`, '--', 'true'])],
    negated: async () => [await wlock(['run', '--glob', '!src/**', '--', 'true'])],
    'dot-dot': async () => [await wlock(['run', '--glob', 'src/*/../a', '--', 'true'])],
    'invalid-pattern': async () => [
      await wlock(['run', '--glob', '[z-a]', '--', 'true']),
      await wlock(['run', '--glob', 'src/{/a,b}', '--', 'true']),
      await wlock(['run', '--glob', '@(?a)', '--', 'true']),
    ],
    'not-canonical': async () => [await library({ scope: [{ kind: 'path', path: 'src/../x' }] })],
  };

  const codes: readonly Code[] = [...new Set([...errorCodes, ...scopeErrorCodes])];

  it('has every error code, and no other', () => {
    const errors = section('## Errors');
    const named = [...errors.matchAll(/^#{3,4} `([a-z-]+)`$/gm)].map(([, code]) => code);
    assert.deepEqual([...named].sort(), [...codes].sort());
  });

  for (const code of codes) {
    it(`quotes what is said under ${code}`, async () => {
      const rank = scopeErrorCodes.some((other) => other === code) && code !== 'outside-root' ? '####' : '###';
      const quotations = [...section(`${rank} \`${code}\``).matchAll(/^> (.+)$/gm)].map(([, text = '']) => text);
      const failures = await situations[code]();
      assert.deepEqual([...new Set(failures.map((failure) => failure.code))], [code]);
      assertQuoted(
        quotations,
        failures.map(({ message }) => message),
      );
    });
  }

  describe('about holders', () => {
    const pid = 4711;
    const facts = (changes: Partial<Facts>): Reading => ({
      kind: 'record',
      facts: { pid, process: { state: 'running' }, acquiredAtMs: 1_000_000, ...changes },
    });
    const readings: readonly Reading[] = [
      facts({ hold: { state: 'held', file: 'f' } }),
      facts({}),
      facts({ boot: 'other' }),
      facts({ hold: { state: 'released', file: 'f' } }),
      facts({ process: { state: 'gone' } }),
      facts({ process: { state: 'zombie' } }),
      facts({ recordedStartTime: 'a', process: { state: 'running', startTime: 'b' } }),
      facts({ otherMachine: { host: 'elsewhere' } }),
      facts({ remoteFileSystem: 'nfs4' }),
      facts({ otherNamespace: 'pid' }),
      facts({ otherNamespace: 'time' }),
      facts({ process: { state: 'running', startedAtMs: 2_000_000 } }),
      facts({ process: undefined }),
      facts({ hold: { state: 'unreadable', file: 'f' } }),
      { kind: 'unreadable', problem: 'EACCES: permission denied' },
      { kind: 'malformed', problem: 'it is empty' },
      { kind: 'perhaps-being-written', problem: 'it is empty' },
      { kind: 'lease', ageMs: 301_000, limitMs: 300_000 },
      { kind: 'lease', ageMs: 1_000, limitMs: 300_000 },
      { kind: 'kernel-lock', state: 'hidden' },
      { kind: 'silent' },
    ];
    const locks = readings.map((reading): Lock => {
      const { verdict, reason: verdictReason, evidence } = judge(reading);
      return {
        ...({ id: 'x' as LockId, protocol: 'claude-swarm', scope: [], mode: 'exclusive', acquiredAt: 0 } as const),
        ...({ enforced: true, mine: false, sameUser: true, file: '', fingerprint: '' } as const),
        ...{ holder: { name: 'nightly', pid }, verdict, verdictReason, evidence },
      };
    });
    // That what it stands for is gone is no reading of the record.
    const orphans = locks.slice(0, 1).flatMap((lock) => {
      return fold([], [{ ...lock, standsFor: 'gone' as LockId }], [], {
        caseRule: { fold: false },
        pidNamespace: undefined,
      });
    });
    // In a cluster a key is there for as long as its lease is.
    const leased = locks.slice(0, 1).map((lock): Lock => {
      return { ...lock, holder: { name: 'nightly', host: 'elsewhere' }, verdict: 'live', verdictReason: 'lease-alive' };
    });
    const judged = [...locks, ...orphans, ...leased].map((lock) => {
      return { verdict: lock.verdict, reason: lock.verdictReason, said: verdictSentence(lock) };
    });

    for (const verdict of verdicts) {
      it(`quotes every sentence of the verdict ${verdict}, below its reason`, () => {
        const bullets = section(`### ${verdict}`).split(/^- /m).slice(1);
        const onPage = bullets.map((bullet) => {
          // Not the names of commands, which are emphasized too, elsewhere.
          const text = bullet.split('\n\n', 1)[0] ?? '';
          return { reason: /^`([a-z-]+)`/.exec(text)?.[1], quotations: emphasized(text) };
        });
        const reasons = new Set(judged.filter((one) => one.verdict === verdict).map(({ reason }) => reason));
        assert.deepEqual(onPage.map(({ reason }) => reason).sort(), [...reasons].sort());
        for (const { reason, quotations } of onPage) {
          const said = judged.filter((one) => one.reason === reason).map((one) => one.said);
          assertQuoted(
            quotations.filter((quotation) => quotation.endsWith('.')),
            said,
          );
        }
      });
    }

    it('knows every reason', () => {
      assert.deepEqual([...new Set(judged.map(({ reason }) => reason))].sort(), [...verdictReasons].sort());
    });
  });

  it('quotes every cause of a loss', () => {
    const by = { by: 'somebody (process 1)', at: 0 };
    const causes: readonly LossCause[] = [
      { kind: 'unexplained' },
      { kind: 'keeper-died', pid: 1 },
      { kind: 'expired' },
      { kind: 'lost-elsewhere', protocol: 'claude-swarm' },
      { kind: 'lease-over', protocol: 'etcd' },
      ...(['forced', 'released', 'reaped', 'transferred'] as const).map(
        (event) => ({ kind: 'removed', event, ...by }) as const,
      ),
    ];
    const bullets = section('## My lock was lost').split(/^- /m).slice(1);
    assertQuoted(
      bullets.flatMap((bullet) => emphasized(bullet).slice(0, 1)),
      causes.map(lossSentence),
    );
  });

  it('quotes what a refusal says, and its exit codes', async () => {
    const refused = emphasized(section('## My request was refused'));
    await hold();
    const waiting = await runWlock(['run', '--wait', '50ms', '--path', 'src', '--', 'true'], here());
    assert.equal(waiting.code, 4);
    assert.ok(refused.includes('Gave up waiting.') && waiting.stderr.startsWith('Gave up waiting.'), waiting.stderr);
    started.add(spawnWlock(['run', '--wait', '--path', 'src', '--path', 'docs', '--', 'true'], here()));
    const locks = await manager();
    await waitFor('somebody in the queue', async () => (await locks.refresh()).waiters.length > 0);
    const ahead = await runWlock(['run', '--path', 'docs', '--', 'true'], here());
    assert.equal(ahead.code, 3);
    const quotation = refused.find((text) => text.startsWith('Somebody else waits'));
    assert.ok(quotation !== undefined && ahead.stderr.includes(quotation), ahead.stderr);
  });
});

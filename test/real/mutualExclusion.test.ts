/**
 * Two processes of ours and two of little-loops', one scope: never two inside (DESIGN 6.1, rules 1 and 3). What proves
 * it is in race/section.mjs; that it would prove the opposite too is the first test.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { race, type Kind } from './race/race.ts';
import { assertDeadBlockNobody, assertExclusive, print } from './race/report.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { runWlock } from './wlock.ts';

const oursAndTheirs: readonly Kind[] = ['library', 'library', 'loop', 'loop'];

describe('Mutual exclusion of our processes and little-loops', () => {
  let root: TemporaryRoot;
  beforeEach(() => (root = new TemporaryRoot()));
  afterEach(() => root[Symbol.dispose]());

  it('would be caught if it were broken: processes that check and then create are seen inside together', async () => {
    const result = await race(root, {
      workers: ['naive', 'naive', 'naive'],
      acquisitions: 20_000,
      isOver: ({ overlaps }) => overlaps.length > 10,
      boundMs: 30_000,
    });
    print('negative control', result);
    assert.ok(result.overlaps.length > 0);
  });

  it('would be caught if one participant skipped the gate', async () => {
    const result = await race(root, {
      workers: ['naive', 'library', 'loop'],
      acquisitions: 20_000,
      isOver: ({ overlaps }) => overlaps.length > 10,
      boundMs: 30_000,
    });
    print('negative control with one cheat', result);
    assert.ok(result.overlaps.length > 0);
  });

  it('holds over 3000 acquisitions', async () => {
    const result = await race(root, { workers: oursAndTheirs, acquisitions: 3_000, boundMs: 90_000 });
    print('plain', result);
    assertExclusive(result, 3_000);
    await assertFreeAtOnce(root);
  });

  it('holds over 3000 acquisitions while processes of both kinds are killed, and no dead holder blocks', async () => {
    const result = await race(root, {
      workers: oursAndTheirs,
      acquisitions: 3_000,
      acquisitionsPerKill: 40,
      boundMs: 100_000,
    });
    print('with SIGKILL', result);
    assertExclusive(result, 3_000);
    assertDeadBlockNobody(result);
    await assertFreeAtOnce(root);
  });

  it('holds over 3000 acquisitions on the portable flock provider', async () => {
    const environment = { WLOCK_FLOCK: 'portable' };
    const result = await race(root, { workers: oursAndTheirs, acquisitions: 3_000, environment, boundMs: 90_000 });
    print('portable flock', result);
    assertExclusive(result, 3_000);
    await assertFreeAtOnce(root, environment);
  });

  it('holds over 3000 acquisitions on the portable flock provider, with kills', async () => {
    const environment = { WLOCK_FLOCK: 'portable' };
    const result = await race(root, {
      workers: oursAndTheirs,
      acquisitions: 3_000,
      acquisitionsPerKill: 40,
      environment,
      boundMs: 100_000,
    });
    print('portable flock, with SIGKILL', result);
    assertExclusive(result, 3_000);
    assertDeadBlockNobody(result);
    await assertFreeAtOnce(root, environment);
  });

  it('holds among ours while somebody deletes the gate, the holds, the token counter and the journal', async () => {
    const victims = ['.acquire.lock', '.wlock', '.wlock/alive', '.wlock/fence', '.wlock/journal.jsonl'];
    let deletions = 0;
    const result = await race(root, {
      workers: ['library', 'library', 'library', 'library'],
      acquisitions: 2_000,
      acquisitionsPerKill: 40,
      boundMs: 90_000,
      meddle: () => {
        const victim = root.in('.loops', '.running', victims[deletions++ % victims.length] ?? '');
        try {
          fs.rmSync(victim, { recursive: true, force: true });
        } catch {
          // a worker has just put something into the folder
        }
      },
    });
    print(`with ${deletions} deletions and SIGKILL`, result);
    assert.deepEqual(result.overlaps, []);
    assert.deepEqual(result.failures, []);
    assertDeadBlockNobody(result);
    await assertFreeAtOnce(root);
  });
});

async function assertFreeAtOnce(root: TemporaryRoot, environment: NodeJS.ProcessEnv = {}): Promise<void> {
  const { code, stderr } = await runWlock(['run', '--path', 'contended', '--', 'true'], {
    cwd: root.path,
    environment,
  });
  assert.equal(code, 0, stderr);
}

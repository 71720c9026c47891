/** Start here: holders of three clones, one cluster, and everything that can happen to them, one after the other. */
import { setTimeout as delay } from 'node:timers/promises';
import type { TemporaryRoot } from '../../real/temporaryRoot.ts';
import { Clones } from '../clones.ts';
import { EtcdCluster } from '../cluster.ts';
import { CutProxy, type Cut } from '../cutProxy.ts';
import { judge, type Beliefs } from './beliefs.ts';
import { Holders } from './holders.ts';

/** Longer than the TTL of the clones, 5 s, so that what a holder has is given to others meanwhile. */
const pastTtlMs = 5_500;

const happenings = {
  'a holder is killed': async ({ holders }) => {
    const holder = await holders.stopOneThatHolds();
    await holders.replace(holder);
  },
  'a follower is killed': async ({ cluster }) => {
    const index = ((await cluster.leader()) + 1) % cluster.endpoints.length;
    await cluster.kill(index);
    await delay(1_000);
    await cluster.restart(index);
  },
  'the leader is killed': async ({ cluster }) => {
    const index = await cluster.leader();
    await cluster.kill(index);
    await cluster.leader();
    await delay(500);
    await cluster.restart(index);
  },
  'the leader is paused': async ({ cluster }) => {
    const index = await cluster.leader();
    cluster.pause(index);
    await delay(pastTtlMs);
    cluster.resume(index);
  },
  'a client hangs': (stage) => cutOff(stage, { how: 'hang' }),
  'a client is cut off': (stage) => cutOff(stage, { how: 'reset' }),
  'a holder is stopped past its TTL': async ({ holders }) => {
    const holder = await holders.stopOneThatHolds();
    await delay(pastTtlMs);
    holder.program.kill('SIGCONT');
  },
} satisfies Record<string, (stage: Stage) => Promise<void>>;

export interface ClusterRaceResult extends Beliefs {
  readonly lateTaken: number;
  readonly lateRefused: number;
  readonly seconds: number;
  readonly happened: number;
}

interface Stage {
  readonly cluster: EtcdCluster;
  readonly holders: Holders;
  /** Between one clone and each member. */
  readonly proxies: readonly CutProxy[];
  readonly behindProxies: TemporaryRoot;
}

/** @param rounds how often everything happens, in another order each time */
export async function clusterRace(rounds: number): Promise<ClusterRaceResult> {
  const begunAt = performance.now();
  await using cluster = await EtcdCluster.start({ members: 3, quick: true });
  const proxies = await Promise.all(cluster.ports.map((port) => CutProxy.start(port)));
  try {
    await using clones = new Clones({ endpoints: cluster.endpoints });
    await using holders = await Holders.open('fenced');
    const [one, two] = [clones.make(), clones.make()];
    const three = clones.make(proxies.map(({ endpoint }) => endpoint));
    for (const clone of [one, one, two, three]) holders.start(clone);
    const stage: Stage = { cluster, holders, proxies, behindProxies: three };
    let happened = 0;
    for (let round = 0; round < rounds; round++) {
      for (const happen of shuffled(Object.values(happenings))) {
        await someHoldings(holders);
        await happen(stage);
        happened++;
      }
    }
    await cluster.untilHealthy();
    await someHoldings(holders);
    await holders.finish();
    const { lateTaken, lateRefused } = holders.resource;
    const seconds = (performance.now() - begunAt) / 1_000;
    return { ...judge(holders.lines), lateTaken, lateRefused, seconds, happened };
  } finally {
    for (const proxy of proxies) await proxy.end();
  }
}

export function figures({
  holdings,
  overlaps,
  lost,
  refused,
  lateTaken,
  lateRefused,
  failures,
  seconds,
  happened,
}: ClusterRaceResult): string {
  return (
    `${holdings} holdings in ${seconds.toFixed(0)} s, ${happened} happenings: overlaps by belief ${overlaps.length}; told lost ${lost}, ` +
    `refused on the way ${refused}; late writes taken ${lateTaken}, refused ${lateRefused}; ` +
    `requests that failed while the cluster was out of reach ${failures.length}`
  );
}

/** All go on by themselves, whatever happened before: within the bound each of them has held again. */
async function someHoldings(holders: Holders): Promise<void> {
  await Promise.all(holders.running.map((holder) => holders.until(holder, 'holds', 40_000)));
}

async function cutOff({ holders, proxies, behindProxies }: Stage, cut: Cut): Promise<void> {
  const client = holders.running.find(({ clone }) => clone === behindProxies);
  if (client) await holders.until(client, 'holds');
  for (const proxy of proxies) proxy.cut(cut);
  await delay(pastTtlMs);
  for (const proxy of proxies) proxy.heal();
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

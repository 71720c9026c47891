/**
 * Prints what locks in an etcd cluster cost here. Run: npm run bench:etcd [-- LOCKS CLIENTS]. Never asserted: machines differ.
 * Everything shares one machine: three members with their data in memory, and all clients in this process.
 */
import { readFileSync } from 'node:fs';
import { pathEntry } from '../../src/core/scope/entry.ts';
import type { EtcdProtocol } from '../../src/protocols/etcd/etcd.ts';
import type { AcquireRequest, HeldElsewhere } from '../../src/protocols/protocol.ts';
import { EtcdCluster } from '../etcd/cluster.ts';
import { openProtocol } from '../etcd/programs.ts';

const [locks = 10_000, clients = 200] = process.argv.slice(2).map(Number);
const root = '/repo/orchard';
const never = new AbortController().signal;
const phaseMs = 4_000;

await using cluster = await EtcdCluster.start({ members: 3 });
const pids = [0, 1, 2].map((index) => cluster.pid(index));
const opened: EtcdProtocol[] = [];
console.log(`etcd with 3 members, Node.js ${process.version}; all on one machine`);

console.log('\nAcquire + release, one client');
for (const [words, isWatching] of [
  ['as a one-shot command', false],
  ['while it watches', true],
] as const) {
  const client = await open('alone');
  const watch = isWatching ? client.watch(() => undefined) : undefined;
  if (isWatching) await settle(client);
  console.log(`  ${words}: ${await spread(1_000, async (i) => client.release(await take(client, `src/${i}`)))}`);
  watch?.dispose();
}

console.log('\nCycles per second, 8 clients that watch');
for (const [words, scopeOf] of [
  ['each in its own top-level folder', (client: number) => `d${client}/file`],
  ['all in one top-level folder, different files', (client: number) => `src/f${client}`],
  ['all after the same file', () => 'src/file'],
] as const) {
  const namespace = `race ${words}`;
  const racers = await Promise.all(Array.from({ length: 8 }, (_, i) => open(namespace, `racer ${i}`)));
  const watches = racers.map((racer) => racer.watch(() => undefined));
  const until = performance.now() + phaseMs;
  let cycles = 0;
  let refusals = 0;
  await Promise.all(
    racers.map(async (racer, i) => {
      while (performance.now() < until) {
        const outcome = await racer.acquire(request(scopeOf(i)), never);
        if (outcome.kind === 'conflict') refusals++;
        else {
          await racer.release(outcome.held);
          cycles++;
        }
      }
    }),
  );
  console.log(`  ${words}: ${perSecond(cycles)}${refusals > 0 ? `, and ${perSecond(refusals)} refused` : ''}`);
  for (const watch of watches) watch.dispose();
}

console.log(`\n${locks} locks`);
const holder = await open('many', 'holder');
const holding = holder.watch(() => undefined);
await settle(holder);
const begun = performance.now();
const held: HeldElsewhere[] = [];
for (let i = 0; i < locks; i += 20) {
  const some = Array.from({ length: Math.min(20, locks - i) }, (_, k) =>
    take(holder, `p${(i + k) % 200}/f${i + k}.ts`),
  );
  held.push(...(await Promise.all(some)));
}
console.log(`  taken in ${((performance.now() - begun) / 1_000).toFixed(1)} s, by one client, 20 at a time`);
const looker = await open('many', 'looker');
console.log(
  `  read whole: ${await spread(5, async () => {
    await looker.list();
  })}`,
);
console.log(
  `  acquire + release as a one-shot command: ${await spread(5, async () => looker.release(await take(looker, 'src/new')))}`,
);
console.log(
  `  acquire + release while it watches: ${await spread(200, async () => holder.release(await take(holder, 'src/new')))}`,
);

console.log(`\n${clients} clients that watch, each with a lease of its own, beside ${locks} locks`);
const before = { cpu: cpuSeconds(), at: performance.now() };
const crowd: EtcdProtocol[] = [];
const seen: (() => void)[] = [];
for (let i = 0; i < clients; i++) {
  const client = await open('many', `client ${i}`);
  client.watch(() => seen[i]?.());
  await settle(client);
  await take(client, `own${i}/file`);
  crowd.push(client);
}
console.log(`  all connected, with the whole picture and one lock each, after ${seconds(before.at)}`);
const delays: number[] = [];
for (let round = 0; round < 20; round++) {
  const start = performance.now();
  const everybody = crowd.map(
    (_, i) =>
      new Promise<void>((resolve) => {
        seen[i] = () => {
          seen[i] = () => undefined;
          delays.push(performance.now() - start);
          resolve();
        };
      }),
  );
  const lock = await take(holder, `news/${round}`);
  await Promise.all(everybody);
  await holder.release(lock);
}
console.log(`  a lock is taken, until each client knows: ${describe(delays)}`);
const idle = { cpu: cpuSeconds(), own: process.cpuUsage(), at: performance.now() };
await new Promise((resolve) => setTimeout(resolve, 10_000));
console.log(
  `  idle: etcd ${share(cpuSeconds() - idle.cpu, idle.at)} of a core, the clients ${share(ownSeconds(idle.own), idle.at)}`,
);
const busy = { cpu: cpuSeconds(), own: process.cpuUsage(), at: performance.now() };
let cycles = 0;
await Promise.all(
  crowd.map(async (client, i) => {
    for (let k = 0; performance.now() < busy.at + 2 * phaseMs; k++) {
      await client.release(await take(client, `busy${i}/f${k}`));
      cycles++;
    }
  }),
);
const tookMs = performance.now() - busy.at;
console.log(
  `  all of them acquire and release, each in its own folder: ${Math.round((cycles * 1_000) / tookMs)} cycles/s`,
);
console.log(
  `  meanwhile: etcd ${share(cpuSeconds() - busy.cpu, busy.at)} of a core, the clients ${share(ownSeconds(busy.own), busy.at)}`,
);
console.log(
  `  memory: etcd ${pids.map((pid) => mebibytes(residentBytes(pid))).join(', ')}; all clients ${mebibytes(process.memoryUsage().rss)}`,
);
holding.dispose();
await Promise.all(opened.map((client) => client.close()));

async function open(namespace: string, session = namespace): Promise<EtcdProtocol> {
  const client = await openProtocol({ endpoints: cluster.endpoints, namespace, root, session, ttlS: 60 });
  opened.push(client);
  return client;
}

/** Until its watch is under way: from then on it reads nothing. */
async function settle(client: EtcdProtocol): Promise<void> {
  await new Promise<void>((resolve) => {
    const watch = client.watch(() => {
      watch.dispose();
      resolve();
    });
    void client
      .list()
      .then(() => client.acquire(request('settle'), never))
      .then(async (outcome) => {
        if (outcome.kind === 'acquired') await client.release(outcome.held);
      });
  });
}

function request(path: string): AcquireRequest {
  return {
    scope: [pathEntry(`${root}/${path}`)],
    mode: 'exclusive',
    holderName: 'bench',
    session: 'bench',
    tool: 'bench',
  };
}

async function take(client: EtcdProtocol, path: string): Promise<HeldElsewhere> {
  const outcome = await client.acquire(request(path), never);
  if (outcome.kind === 'conflict') throw new Error(`${path} is taken.`);
  return outcome.held;
}

async function spread(times: number, work: (i: number) => Promise<void>): Promise<string> {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    await work(i);
    taken.push(performance.now() - start);
  }
  return describe(taken);
}

function describe(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN).toFixed(1);
  return `median ${at(0.5)} ms, 99 % ${at(0.99)} ms`;
}

function perSecond(count: number): string {
  return `${Math.round((count * 1_000) / phaseMs)}/s`;
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1_000).toFixed(1)} s`;
}

/** Of all members, since they started. */
function cpuSeconds(): number {
  const ticks = pids.map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, each) => sum + each, 0) / 100;
}

function ownSeconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000_000;
}

function share(usedS: number, since: number): string {
  return `${Math.round((usedS * 100_000) / (performance.now() - since))} %`;
}

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MiB`;
}

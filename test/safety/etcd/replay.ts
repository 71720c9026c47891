/** One schedule again, step by step, for people. */
import { messageOf } from '../../../src/core/errors.ts';
import type { Transaction } from '../../../src/protocols/etcd/transaction.ts';
import type { Call } from './calls.ts';
import { keys } from './programs.ts';
import { clusterScenariosAt } from './scenarios.ts';
import { prepare } from './search.ts';
import { stepTo, type Choice, type World } from './world.ts';

/** @param text `scenario/0.0.1~3.eL0.0`: its name, and its steps; the dots of leases belong to them */
export async function* replayCluster(text: string, scale: 'brief' | 'whole'): AsyncIterable<string> {
  const [name = '', steps = ''] = text.split('/');
  const scenario = clusterScenariosAt(scale).find((each) => each.name === name);
  if (!scenario) throw new Error(`There is no scenario ${name}.`);
  const { actors, world } = await prepare(scenario);
  let now = world;
  for (const choice of steps.match(/eL\d+\.\d+|[^.]+/g) ?? []) {
    yield describe(choice, now);
    try {
      now = await stepTo(now, choice, actors, scenario.rules);
    } catch (error) {
      yield messageOf(error);
      return;
    }
  }
}

function describe(choice: Choice, { actors, cluster }: World): string {
  if (choice.startsWith('e')) return `the cluster ends lease ${choice.slice(1)}`;
  if (choice.startsWith('p')) return 'what came late is carried out';
  const index = Number.parseInt(choice, 10);
  const how = choice.slice(String(index).length);
  const call = actors[index]?.place.call;
  return `[${cluster.revision}] process ${index} ${prefixOf(how)}${call ? sayCall(call) : 'exits'}`;
}

function prefixOf(how: string): string {
  switch (how[0]) {
    case 'x':
      return 'is killed before: ';
    case 'o':
      return 'loses its lease, by its own clocks, before: ';
    case 'l':
      return 'gets no answer, and sends again: ';
    case 'd':
      return 'sends again what is late: ';
    case 'u':
      return 'is told that nobody answers: ';
    case '~':
      return `(told up to ${how.slice(1)}) `;
    default:
      return '';
  }
}

function sayCall(call: Call): string {
  switch (call.kind) {
    case 'view':
      return `view ≥ ${call.atLeast}`;
    case 'commit':
      return `commit ${sayTransaction(call.transaction)}`;
    case 'write':
      return `write with token ${call.token}`;
    case 'publish':
      return `publish ${call.claim.id} in its store`;
    case 'inherit':
    case 'unpublish':
      return `${call.kind} ${call.id} in its store`;
    case 'living':
    case 'lease':
    case 'sleep':
    case 'mark':
    case 'linger':
      return call.kind;
  }
}

function sayTransaction({ compare, changes }: Transaction): string {
  const short = (key: string): string => key.slice(keys.prefix.length);
  const ifs = compare.map((each) => `${short(each.key)} ${each.kind}${'revision' in each ? ` ${each.revision}` : ''}`);
  const thens = changes.map(({ kind, key }) => `${kind} ${short(key)}`);
  return `if ${ifs.join(', ')}: ${thens.join(', ') || 'nothing'}`;
}

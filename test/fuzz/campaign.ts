/** Runs many cases, each under a watchdog, and keeps count. */
import * as vm from 'node:vm';
import { kinds, type Kind } from './kinds.ts';
import { Random } from './random.ts';

export interface FuzzCase {
  readonly kind: Kind;
  readonly seed: number;
}

export interface Failure extends FuzzCase {
  readonly message: string;
}

export interface Figures {
  readonly cases: ReadonlyMap<Kind, number>;
  readonly failures: readonly Failure[];
  readonly slowest: FuzzCase & { readonly ms: number };
  /** How much the peak of resident memory grew during the campaign. */
  readonly grownBytes: number;
}

/** Longer is a hang: some hundred times the usual case, so that a busy machine makes none. */
const longestCaseMs = 2_000;
const watchdogMs = 30_000;
const mostFailures = 200;

const script = new vm.Script('run()');
const sandbox = vm.createContext({ run: (): void => undefined });

/** Undefined where the case went well, and how long it took. */
function runCase({ kind, seed }: FuzzCase): { readonly ms: number; readonly problem: string | undefined } {
  const begunAt = performance.now();
  let problem: string | undefined;
  try {
    sandbox['run'] = () => kinds[kind](new Random(seed));
    script.runInContext(sandbox, { timeout: watchdogMs });
  } catch (error) {
    problem =
      error instanceof Error
        ? `${error.name}: ${error.message}\n${error.stack?.split('\n').slice(1, 5).join('\n') ?? ''}`
        : String(error);
  }
  const ms = performance.now() - begunAt;
  return { ms, problem: problem ?? (ms > longestCaseMs ? `it took ${Math.round(ms)} ms` : undefined) };
}

/** The cases that `seed` stands for: the kinds in turn. */
export function* casesOf(seed: number, count: number, only?: Kind): Generator<FuzzCase> {
  const random = new Random(seed);
  const names = Object.keys(kinds) as Kind[];
  for (let i = 0; i < count; i++) {
    const kind = only ?? names[i % names.length];
    if (kind) yield { kind, seed: random.below(2 ** 32) };
  }
}

export function runCampaign(cases: Iterable<FuzzCase>): Figures {
  const counts = new Map<Kind, number>();
  const failures: Failure[] = [];
  let slowest: FuzzCase & { ms: number } = { kind: 'record', seed: 0, ms: 0 };
  const before = peakBytes();
  for (const fuzzed of cases) {
    const { ms, problem } = runCase(fuzzed);
    counts.set(fuzzed.kind, (counts.get(fuzzed.kind) ?? 0) + 1);
    if (ms > slowest.ms) slowest = { ...fuzzed, ms };
    if (problem !== undefined) failures.push({ ...fuzzed, message: problem });
    if (failures.length >= mostFailures) break;
  }
  return { cases: counts, failures, slowest, grownBytes: peakBytes() - before };
}

function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

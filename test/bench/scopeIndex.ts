/** Prints what the scope module costs. Run: npx tsx test/bench/scopeIndex.ts [locks]. Never asserted: machines differ. */
import { globEntry, nameEntry, pathEntry, type Scope } from '../../src/core/scope/entry.ts';
import { overlaps } from '../../src/core/scope/overlap.ts';
import { ScopeIndex } from '../../src/core/scope/scopeIndex.ts';

const rule = { fold: false };
const count = Number(process.argv[2] ?? 10_000);

let seed = 42;
function random(below: number): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
}

function directory(): string {
  return `/repo/packages/p${random(200)}/src/d${random(20)}`;
}

/** 60 % files and directories, 30 % globs with distinct patterns, 10 % names; some at the root. */
function randomScope(i: number): Scope {
  const kind = random(100);
  if (kind < 40) return [pathEntry(`${directory()}/f${i}.ts`)];
  if (kind < 60) return [pathEntry(`${directory()}/sub${i}`)];
  if (kind < 85) return [globEntry(directory(), `**/*.x${i % 500}.ts`)];
  if (kind < 90) return [globEntry(`/repo/packages/p${random(200)}`, `{src,test}/**/*.{ts,js}`)];
  return kind === 90 ? [globEntry('/repo', `**/*.x${i % 20}`)] : [nameEntry(`session-${i}`)];
}

function median(runs: number, work: (run: number) => void): string {
  const times = Array.from({ length: runs }, (_, run) => {
    const start = performance.now();
    work(run);
    return performance.now() - start;
  }).sort((a, b) => a - b);
  const time = times[Math.floor(runs / 2)] ?? NaN;
  const worst = times.at(-1) ?? NaN;
  return `median ${(time * 1000).toFixed(2)} µs, worst ${(worst * 1000).toFixed(0)} µs`;
}

const items = Array.from({ length: count }, (_, i) => [randomScope(i), { id: i }] as const);
const paths = Array.from({ length: 2_000 }, (_, i) => `${directory()}/f${i}.ts`);

console.log(`${count} locks`);
const first = performance.now();
let index = ScopeIndex.of(items, rule);
console.log(`build, cold          ${((performance.now() - first) * 1000).toFixed(0)} µs`);
console.log(
  'build, warm         ',
  median(20, () => (index = ScopeIndex.of(items, rule))),
);
console.log(
  'covering, cold      ',
  median(2_000, (i) => index.covering(paths[i] ?? '')),
);
index = ScopeIndex.of(items, rule);
console.log(
  'covering, compiled  ',
  median(2_000, (i) => index.covering(paths[i] ?? '')),
);
console.log(
  'covering, same file ',
  median(2_000, () => index.covering(paths[1_999] ?? '')),
);
console.log(
  'replace one lock    ',
  median(500, (i) => {
    const [scope, value] = items[random(count)] ?? [[], undefined];
    if (value !== undefined) index = index.with({ remove: [value], add: [[scope, { id: count + i }]] });
  }),
);
console.log(
  'overlapping a file  ',
  median(1_000, (i) => index.overlapping([pathEntry(paths[i] ?? '/')])),
);
console.log(
  'overlapping a dir   ',
  median(200, (i) => index.overlapping([pathEntry(`/repo/packages/p${i}`)])),
);
console.log(
  'overlapping a glob  ',
  median(200, (i) => index.overlapping([globEntry(`/repo/packages/p${i}`, '**/*.ts')])),
);
console.log(
  'overlapping **/*.md ',
  median(5, () => index.overlapping([globEntry('/repo', '**/*.md')])),
);
console.log(
  'overlapping **/*.ts ',
  median(5, () => index.overlapping([globEntry('/repo', '**/*.ts')])),
);

const globs = items.flatMap(([scope]) => scope.filter((entry) => entry.kind === 'glob')).slice(0, 300);
const start = performance.now();
for (const a of globs) for (const b of globs) overlaps(a, b, rule);
console.log(`glob with glob       ${(((performance.now() - start) * 1000) / globs.length ** 2).toFixed(2)} µs a pair`);
const sameBase = Array.from({ length: 60 }, (_, i) => globEntry('/repo', `${'ab'.charAt(i % 2)}*/**/x?${i}*/*.ts`));
const again = performance.now();
for (const a of sameBase) for (const b of sameBase) overlaps(a, b, rule);
console.log(
  `intricate globs      ${(((performance.now() - again) * 1000) / sameBase.length ** 2).toFixed(2)} µs a pair`,
);

/**
 * What the workers of a storm lock: overlapping paths, directories, globs and names, a set of them for each area; and who
 * overlaps whom, worked out by brute force over the few files that there are. It shares nothing with src/core/scope, so
 * that it can contradict it: what a glob means is said a second time, as a regular expression written by hand.
 */

interface Part {
  readonly as: 'path' | 'glob' | 'name';
  readonly text: string;
}

export interface PooledScope {
  readonly parts: readonly Part[];
  /** What it protects: files, and names as `name:deploy`. The first is the resource that its holder writes to. */
  readonly covered: readonly string[];
}

const files = [
  'src/api/users.ts',
  'src/api/orders.ts',
  'src/ui/users.tsx',
  'src/ui/list.ts',
  'docs/guide.md',
  'docs/api/users.md',
  'test/users.test.ts',
  'README.md',
];

const path = (text: string): Part => ({ as: 'path', text });
const glob = (text: string): Part => ({ as: 'glob', text });
const name = (text: string): Part => ({ as: 'name', text });

const globMeanings: Readonly<Record<string, RegExp>> = {
  'src/**/*.ts': /^src\/(.*\/)?[^/]*\.ts$/,
  'src/*/users.*': /^src\/[^/]*\/users\.[^/]*$/,
  '**/*.md': /^(.*\/)?[^/]*\.md$/,
  '{docs,test}/**': /^(docs|test)(\/.*)?$/,
};

const scopes: readonly (readonly Part[])[] = [
  [path('src')],
  [path('src/api')],
  [path('src/api/users.ts')],
  [path('src/ui/list.ts'), path('docs/guide.md')],
  [path('docs')],
  [path('test/users.test.ts')],
  [glob('src/**/*.ts')],
  [glob('src/*/users.*')],
  [glob('**/*.md')],
  [glob('{docs,test}/**')],
  [name('deploy')],
  [name('deploy'), path('README.md')],
];

/** Areas overlap nowhere, so that many workers need not all wait for each other. */
export function makePool(areas: number): readonly PooledScope[] {
  const places = Array.from({ length: areas }, (_, number) => `area-${number}`);
  return places.flatMap((place) =>
    scopes.map((parts) => ({
      parts: parts.map(({ as, text }) => ({ as, text: `${place}/${text}` })),
      covered: coveredBy(parts).map((each) => `${place}/${each}`),
    })),
  );
}

/** Every file that any scope of the pool may protect. */
export function filesOf(areas: number): readonly string[] {
  return Array.from({ length: areas }, (_, number) => files.map((file) => `area-${number}/${file}`)).flat();
}

export function namesIn(pool: readonly PooledScope[]): readonly string[] {
  return [...new Set(pool.flatMap(({ parts }) => parts.filter(({ as }) => as === 'name').map(({ text }) => text)))];
}

export function overlap(a: PooledScope, b: PooledScope): boolean {
  return a.covered.some((each) => b.covered.includes(each));
}

function coveredBy(parts: readonly Part[]): readonly string[] {
  const names = parts.filter(({ as }) => as === 'name').map(({ text }) => `name:${text}`);
  return [...files.filter((file) => parts.some((part) => covers(part, file))), ...names];
}

function covers({ as, text }: Part, file: string): boolean {
  switch (as) {
    case 'path':
      return file === text || file.startsWith(`${text}/`);
    case 'glob': {
      const meaning = globMeanings[text];
      if (!meaning) throw new Error(`Nobody has written down what ${text} means.`);
      return meaning.test(file);
    }
    case 'name':
      return false;
  }
}

/** Entry point of the tests inside a real VS Code; `@vscode/test-electron` loads its bundle in the extension host. */
import Mocha from 'mocha';

/** Which files run: `folder` (one folder), `multiRoot` (a .code-workspace) `manyLocks` (10 000 of them), `cost` and `costWithout` (the same window without us), chosen by the runner. */
const suites: Readonly<Record<string, () => Promise<unknown>>> = {
  folder: async () => {
    await import('./outsideLocks.test.ts');
    await import('./ownLocks.test.ts');
    await import('./views.test.ts');
    await import('./tree.test.ts');
    await import('./severalLocks.test.ts');
    await import('./hostileRecords.test.ts');
    await import('./waiting.test.ts');
    await import('./editing.test.ts');
    await import('./activity.test.ts');
    await import('./configuration.test.ts');
    await import('./setup.test.ts');
    await import('./terminal.test.ts');
    await import('./agents.test.ts');
    await import('./cluster.test.ts');
  },
  multiRoot: async () => {
    await import('./multiRoot.test.ts');
    await import('./changingFolders.test.ts');
  },
  manyLocks: () => import('./manyLocks.test.ts'),
  cost: () => import('./cost.test.ts'),
  costWithout: () => import('./cost.test.ts'),
};

export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 30_000, color: true });
  const only = process.env['WLOCK_GREP'];
  if (only) mocha.grep(new RegExp(only));
  // Makes describe and it global before the test files use them.
  mocha.suite.emit('pre-require', globalThis, 'suite', mocha);
  const name = process.env['WLOCK_SUITE'] ?? 'folder';
  const load = suites[name];
  if (!load) throw new Error(`There is no suite ${name}.`);
  await load();
  await new Promise<void>((resolve, reject) => {
    mocha.run((failures) => {
      if (failures === 0) resolve();
      else reject(new Error(`${failures} tests failed`));
    });
  });
}

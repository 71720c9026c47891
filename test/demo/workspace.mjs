// The demo's workspace: a small source tree, believable enough to lock parts of, in a temporary folder.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { removeFolder } from '../setup/removeFolder.mjs';

const files = {
  'README.md': '# Orchard\n\nA little shop for apples. Loops and people work on it at the same time.\n',
  'package.json': '{\n  "name": "orchard",\n  "private": true,\n  "type": "module"\n}\n',
  '.gitignore': '.loops/.running/\n.loops/.queue/\n',
  '.loops/nightly-loop.yaml': 'name: nightly-loop\nscope: [src/api]\nsteps: [lint, test, fix]\n',
  '.loops/docs-sweeper.yaml': 'name: docs-sweeper\nscope: [docs]\nsteps: [spell, links]\n',
  '.loops/refactor-bot.yaml': 'name: refactor-bot\nscope: [src/ui]\nsteps: [find, rewrite, test]\n',
  'src/api/routes.ts': `import { findApple, listApples } from './apples.js';

export const routes = {
  'GET /apples': () => listApples(),
  'GET /apples/:id': ({ id }: { id: string }) => findApple(id),
};
`,
  'src/api/apples.ts': `export interface Apple {
  id: string;
  variety: string;
  grams: number;
}

const stock = new Map<string, Apple>([['a1', { id: 'a1', variety: 'Boskoop', grams: 210 }]]);

export const listApples = () => [...stock.values()];
export const findApple = (id: string) => stock.get(id);
`,
  'src/api/orders.ts': `import type { Apple } from './apples.js';

export const weigh = (apples: Apple[]) => apples.reduce((grams, apple) => grams + apple.grams, 0);
`,
  'src/ui/basket.ts': `export const emptyBasket = () => ({ apples: [] as string[] });
`,
  'src/ui/shelf.ts': `export const shelf = (varieties: string[]) => varieties.map((name) => \`<li>\${name}</li>\`).join('');
`,
  'src/release.ts': `export const release = { version: '1.4.0', frozen: true };
`,
  'docs/guide.md': '# Guide\n\nPick, weigh, pay.\n',
  'docs/prices.md': '# Prices\n\n| variety | per kg |\n|---|---|\n| Boskoop | 3.20 |\n',
  'test/orders.test.ts': `import { weigh } from '../src/api/orders.js';

console.assert(weigh([]) === 0);
`,
};

/** @returns {{ folder: string, remove: () => void }} */
export function makeDemoWorkspace() {
  const parent = realpathSync(mkdtempSync(join(tmpdir(), 'wlock-demo-')));
  const remove = () => removeFolder(parent);
  try {
    const folder = join(parent, 'orchard'); // its name is the window's title
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const git = (/** @type {string[]} */ ...args) => execFileSync('git', args, { cwd: folder, stdio: 'pipe' });
    git('init', '--quiet');
    git('symbolic-ref', 'HEAD', 'refs/heads/main'); // whatever the owner's git calls it
    git('add', '.');
    // With an identity of its own: in an empty HOME git has none, and the owner's may ask for a signature.
    const identity = [
      '-c',
      'user.name=Orchard',
      '-c',
      'user.email=orchard@example.invalid',
      '-c',
      'commit.gpgsign=false',
    ];
    git(...identity, 'commit', '--quiet', '--message', 'Plant the orchard');
    return { folder, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

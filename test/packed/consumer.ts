/** Somebody's project that has the package in its node_modules. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { repository } from './packed.ts';

const tsc = fileURLToPath(import.meta.resolve('typescript/lib/tsc.js'));

/** Makes the project, linked to an installed package; npm would copy the same files. */
export function makeConsumer(folder: string, packageFolder: string): void {
  fs.mkdirSync(path.join(folder, 'node_modules', '@types'), { recursive: true });
  fs.symlinkSync(packageFolder, path.join(folder, 'node_modules', 'workspace-locks'));
  fs.symlinkSync(path.join(repository, 'node_modules/@types/node'), path.join(folder, 'node_modules/@types/node'));
  fs.writeFileSync(path.join(folder, 'package.json'), '{"private":true,"type":"module"}\n');
}

/**
 * Type-checks the project's files strictly; the package's declarations too where `skipLibCheck` is false.
 * @returns what the compiler says; nothing where all is well
 */
export function compile(folder: string, files: readonly string[], options: object): string {
  const strict = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
  };
  const always = { ...strict, noEmit: true, target: 'ES2022' };
  const config = path.join(folder, 'tsconfig.json');
  fs.writeFileSync(config, JSON.stringify({ compilerOptions: { ...always, ...options }, files }));
  try {
    return execFileSync(process.execPath, [tsc, '-p', config], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

/** What the blocks of a page take from the text around them. */
const around = `
  declare const locks: import('workspace-locks').LockManager;
  declare const held: import('workspace-locks').HeldLock;
  declare const acquireOrThrow: typeof import('workspace-locks').acquireOrThrow;`;

/** Writes each TypeScript block of a page into a file of its own. */
export function writeBlocks(folder: string, page: string): readonly string[] {
  fs.writeFileSync(path.join(folder, 'around.d.ts'), around);
  const text = fs.readFileSync(path.join(repository, page), 'utf8');
  const blocks = [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, block = '']) => block);
  const names = blocks.map((block, i) => {
    const name = `${path.basename(page, '.md')}-${i}.ts`;
    fs.writeFileSync(path.join(folder, name), `${block}\nexport {};\n`);
    return name;
  });
  return ['around.d.ts', ...names];
}

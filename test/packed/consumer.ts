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

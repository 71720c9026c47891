import type { Command } from 'commander';
import type { ScopePart } from '../manager/scopeParts.ts';

export interface ScopeOptions {
  readonly path: readonly string[];
  readonly glob: readonly string[];
  readonly name: readonly string[];
  readonly scope: readonly string[];
}

const collect = (text: string, before: readonly string[]): readonly string[] => [...before, text];

/** `--path P`, `--glob G`, `--name N`, `--scope X`, each as often as needed (DESIGN 5). */
export function addScopeOptions(command: Command): Command {
  return command
    .option('--path <path>', 'lock a file, or a directory and all below it', collect, [])
    .option('--glob <pattern>', 'lock the files that match', collect, [])
    .option('--name <name>', 'lock an opaque resource, such as a session', collect, [])
    .option('--scope <text>', 'a path if it exists or has no pattern characters, else a glob', collect, []);
}

export function scopeParts(options: ScopeOptions): readonly ScopePart[] {
  return [
    ...options.path.map((text) => ({ as: 'path', text }) as const),
    ...options.glob.map((text) => ({ as: 'glob', text }) as const),
    ...options.name.map((text) => ({ as: 'name', text }) as const),
    ...options.scope,
  ];
}

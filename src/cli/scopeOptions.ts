import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Command } from 'commander';
import { escapeForDisplay } from '../core/display.ts';
import type { Scope } from '../core/scope/entry.ts';
import { shellWord } from '../core/shellWord.ts';
import type { ScopePart } from '../manager/scopeParts.ts';
import type { Context } from './context.ts';

export interface ScopeOptions {
  readonly path: readonly string[];
  readonly glob: readonly string[];
  readonly name: readonly string[];
  readonly scope: readonly string[];
}

export const collect = (text: string, before: readonly string[]): readonly string[] => [...before, text];

/** `--path P`, `--glob G`, `--name N`, `--scope X`, each as often as needed (DESIGN 5). */
export function addScopeOptions(command: Command): Command {
  return command
    .option('--path <path>', 'a file, or a directory and all below it', collect, [])
    .option('--glob <pattern>', 'the files that match', collect, [])
    .option('--name <name>', 'an opaque resource, such as a session', collect, [])
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

const longestSentence = 400;

/** What people typed, read from their current directory; says on stderr how, where it can be misread (DESIGN 5). */
export function readScope({ manager, cwd, json, streams }: Context, parts: readonly ScopePart[]): Scope {
  const say = (sentence: string): void => {
    if (!json) streams.err(`wlock: ${escapeForDisplay(sentence, longestSentence)}\n`); // JSON names each entry's kind
  };
  const scope = manager.readScope(parts, { cwd, onReadAs: say });
  for (const part of parts) if (typeof part === 'string' && isPerhapsName(part, cwd)) say(nameSentence(part));
  return scope;
}

/** Sessions of other tools are names, which a bare text never is: `agentwire:work` would be a file. */
function isPerhapsName(text: string, cwd: string): boolean {
  return /^(?:agentwire|openclaw):/.test(text) && !fs.existsSync(path.resolve(cwd, text));
}

function nameSentence(text: string): string {
  return `${JSON.stringify(text)} is read as a path. For the session of that name: --name ${shellWord(text)}`;
}

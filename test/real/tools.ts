/** The other tools of a workspace, as independent programs with a home of their own. */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { peersFolder, pythonFile } from './programs.ts';
import type { Started, StartedProgram } from './started.ts';
import type { TemporaryRoot } from './temporaryRoot.ts';

export const toolNames = ['little-loops', 'claude-swarm', 'openclaw', 'agentwire'] as const;
export type ToolName = (typeof toolNames)[number];

interface Asked {
  readonly file?: string;
  readonly session?: string;
}

/** Where they live: agentwire and openclaw in a home below the root, the others in the root. */
export class ToolHome {
  readonly #root: TemporaryRoot;
  readonly #started: Started;
  readonly home: string;

  constructor(root: TemporaryRoot, started: Started) {
    this.#root = root;
    this.#started = started;
    this.home = root.in('.home');
    for (const folder of ['.openclaw/agents/main/sessions', '.agentwire/locks']) {
      fs.mkdirSync(path.join(this.home, folder), { recursive: true });
    }
    fs.mkdirSync(root.in('.agent_locks'));
    fs.mkdirSync(root.in('.git'));
    fs.mkdirSync(root.in('src'));
    fs.writeFileSync(root.in('src', 'a.py'), '');
    fs.writeFileSync(root.in('.wlock.json'), JSON.stringify({ openclaw: { era: 'B' } }));
  }

  /** For every program of the workspace, ours and theirs. */
  get environment(): NodeJS.ProcessEnv {
    return { HOME: this.home, OPENCLAW_STATE_DIR: '' };
  }

  /** One of them asks for a file, or for its session, and holds it for so long. */
  start(tool: ToolName, holdSeconds: number, asked: Asked = {}): StartedProgram {
    const child = spawn(pythonFile(), [...this.#words(tool, asked), '--hold', String(holdSeconds)], {
      cwd: this.#root.path,
      env: { ...process.env, HOME: this.home, OPENCLAW_STATE_DIR: path.join(this.home, '.openclaw') },
    });
    return this.#started.add(child);
  }

  #words(tool: ToolName, { file: asked = 'src/a.py', session = 'work' }: Asked): readonly string[] {
    const file = (name: string): string => path.join(peersFolder, name);
    switch (tool) {
      case 'little-loops':
        return [file('little_loops.py'), '--root', this.#root.path, 'acquire', '--name', 'nightly', '--scope', asked];
      case 'claude-swarm':
        return [file('claude_swarm.py'), '--root', this.#root.path, 'acquire', '--agent', 'agent-7', '--file', asked];
      case 'openclaw':
        return [file('openclaw_b.py'), 'acquire', '--agent', 'main', '--session', session, '--wait', '0'];
      case 'agentwire':
        return [file('agentwire.py'), 'acquire', '--session', session];
    }
  }
}

/** What a request for all of it says on the command line. */
export const scopeOfAll = ['--path', 'src/a.py', '--name', 'agentwire:work', '--name', 'openclaw:main/work'];

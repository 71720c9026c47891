/** Records of little-loops as one living process would have written them: many locks without as many processes. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';

export class WrittenLocks {
  readonly #running: string;
  readonly #holder: ChildProcess;
  readonly #since: number;
  readonly #files = new Set<string>();

  constructor(root: string) {
    this.#running = path.join(root, '.loops/.running');
    this.#holder = spawn('sleep', ['600'], { stdio: 'ignore' });
    this.#since = Date.now() + 100; // never older than its process
    mkdirSync(this.#running, { recursive: true });
  }

  /** A whole store in one moment; the workspace must not have one yet. Scopes are `src/00000.ts` and so on. */
  appear(count: number, laterMs: number): void {
    const aside = `${this.#running}-aside`;
    mkdirSync(aside);
    for (let i = 0; i < count; i++) {
      const number = String(i).padStart(5, '0');
      const file = this.#record(`loop-${number}`, [`src/${number}.ts`], laterMs + i);
      writeFileSync(path.join(aside, path.basename(file.path)), file.text);
      this.#files.add(file.path);
    }
    rmSync(this.#running, { recursive: true });
    renameSync(aside, this.#running);
  }

  /** @param laterMs how much younger it is than the first ones */
  write(name: string, scope: readonly string[], laterMs = 0): void {
    const file = this.#record(name, scope, laterMs);
    writeFileSync(file.path, file.text);
    this.#files.add(file.path);
  }

  remove(name: string): void {
    const file = this.#fileOf(name);
    rmSync(file, { force: true });
    this.#files.delete(file);
  }

  /** Its locks are stale from now on. */
  async die(): Promise<void> {
    if (this.#holder.exitCode !== null || this.#holder.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#holder.once('exit', resolve));
    this.#holder.kill('SIGKILL');
    await gone;
  }

  async end(): Promise<void> {
    for (const file of this.#files) rmSync(file, { force: true });
    await this.die();
  }

  #record(name: string, scope: readonly string[], laterMs: number): { readonly path: string; readonly text: string } {
    const started_at = new Date(this.#since + laterMs).toISOString();
    return {
      path: this.#fileOf(name),
      text: JSON.stringify({ loop_name: name, scope, pid: this.#holder.pid, started_at }),
    };
  }

  #fileOf(name: string): string {
    return path.join(this.#running, `${name}-20261121T120000.lock`);
  }
}

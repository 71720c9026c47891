/** Where the tests of the window play: a workspace, what is started in it, and a window on it. */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openLocks } from '../../src/manager/lockManager.ts';
import { peerFile, pythonFile } from '../real/programs.ts';
import { Started, type StartedProgram } from '../real/started.ts';
import { TemporaryRoot } from '../real/temporaryRoot.ts';
import { ToolHome } from '../real/tools.ts';
import { waitFor } from '../real/waitFor.ts';
import { openWorkbench, type Workbench } from '../vscode/workbench.mjs';
import { settled } from './settled.mjs';

export const repository = fileURLToPath(new URL('../..', import.meta.url));
/** Where the pictures of the run go; the README's come from here. */
const pictures = process.env['WLOCK_SCREENSHOT_DIR'] ?? path.join(repository, 'dist/test/pictures');

export type WindowOptions = Partial<Parameters<typeof openWorkbench>[0]>;

export interface LiveLock {
  readonly id: string;
  readonly pid: number | undefined;
  readonly token: string | undefined;
}

export class Scene {
  readonly root = new TemporaryRoot();
  readonly started = new Started();
  /** What the window opens; its name is the window's title. */
  readonly folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #windows: Workbench[] = [];

  private constructor(folder: (root: TemporaryRoot) => string, environment: NodeJS.ProcessEnv = {}) {
    this.folder = folder(this.root);
    this.#environment = environment;
  }

  /** A small shop for apples. */
  static orchard(): Scene {
    const scene = new Scene((root) => root.in('orchard'));
    const text = fs.readFileSync(path.join(repository, 'test/ui/sample.txt'));
    for (const file of ['src/api/routes.ts', 'src/api/apples.ts', 'src/ui/shelf.ts', 'docs/guide.md', 'README.md']) {
      fs.mkdirSync(path.dirname(scene.in(file)), { recursive: true });
      fs.writeFileSync(scene.in(file), text);
    }
    fs.mkdirSync(scene.in('.git'));
    return scene;
  }

  /** Four tools at work, each with its own files. */
  static ofFourTools(): { readonly scene: Scene; readonly tools: ToolHome } {
    const environment: NodeJS.ProcessEnv = {};
    const scene = new Scene((root) => root.path, environment);
    const tools = new ToolHome(scene.root, scene.started);
    Object.assign(environment, tools.environment);
    return { scene, tools };
  }

  in(...names: readonly string[]): string {
    return path.join(this.folder, ...names);
  }

  /** With the extension in development, in the dark, unless the options say otherwise. */
  async open(options: WindowOptions = {}): Promise<Workbench> {
    const { settings, ...others } = options;
    const development = options.install ? {} : { extensionDevelopmentPath: repository };
    const workbench = await openWorkbench({
      folder: this.folder,
      ...development,
      say: () => undefined,
      env: this.#environment,
      settings: { 'workbench.colorTheme': 'Dark 2026', 'workbench.reduceMotion': 'on', ...settings },
      ...others,
    });
    this.#windows.push(workbench);
    return workbench;
  }

  /** A loop of little-loops, which tries once to take its lock. */
  async loop(name: string, scope: string): Promise<{ readonly got: boolean; readonly program: StartedProgram }> {
    const words = ['--root', this.folder, 'acquire', '--name', name, '--scope', scope, '--hold', '600'];
    const program = this.started.add(spawn(pythonFile(), [peerFile, ...words]));
    const line = await waitFor(`the first word of ${name}: ${program.errors}`, () => /^.+\n/.exec(program.output)?.[0]);
    return { got: (JSON.parse(line) as { event: string }).event === 'acquired', program };
  }

  async liveLocks(): Promise<readonly LiveLock[]> {
    await using manager = await openLocks({ root: this.folder });
    const { locks } = await manager.refresh();
    return locks
      .filter(({ verdict }) => verdict === 'live')
      .map(({ id, holder, token }) => ({ id, pid: holder.pid, token }));
  }

  /** Of the window at rest, with the mouse out of the way. */
  async picture(workbench: Workbench, name: string): Promise<void> {
    await workbench.page.mouse.move(600, 784); // the empty middle of the status bar
    await workbench.page.evaluate(settled);
    await workbench.screenshot(path.join(pictures, `${name}.png`));
  }

  async end(): Promise<void> {
    await this.started.endAll();
    for (const workbench of this.#windows) await workbench.close();
    this.root[Symbol.dispose]();
  }
}

/** Where one part of a storm takes place: a root with the pool's files, the workers' plan, and the clock that some of them see. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Plan } from './plan.ts';
import { filesOf, makePool, type PooledScope } from './pool.ts';
import { SmallDisk } from './smallDisk.ts';
import { longestUntoldMs } from './telling.ts';
import type { Weather } from './weather.ts';
import { removeFolder } from '../setup/removeFolder.mjs';

export interface WorkspaceOptions {
  readonly weather: Weather;
  readonly processes: number;
  /** Between two requests of a process, on average. */
  readonly pauseMs: number;
}

/** So many workers share an area of the pool: enough to meet all the time, and not so many that none gets anywhere. */
const workersPerArea = 12;

/** Whoever stays so long without being told is to blame. */
const longestStayMs = longestUntoldMs + 2_000;

export class Workspace {
  readonly folder: string;
  readonly root: string;
  readonly pool: readonly PooledScope[];
  readonly plan: Plan;
  /** Where the weather fills it. */
  readonly disk: SmallDisk | undefined;

  constructor({ weather, processes, pauseMs }: WorkspaceOptions) {
    this.folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'wlock-storm-')));
    try {
      this.root = path.join(this.folder, 'root');
      fs.mkdirSync(this.root);
      const areas = Math.ceil(processes / workersPerArea);
      this.pool = makePool(areas);
      this.plan = { root: this.root, pool: this.pool, pauseMs, longestStayMs, ...habitsIn(weather) };
      fs.writeFileSync(path.join(this.folder, 'plan.json'), JSON.stringify(this.plan));
      this.setClock('+0');
      this.disk = weather === 'full disk' ? new SmallDisk(this.root) : undefined;
      for (const file of filesOf(areas)) {
        fs.mkdirSync(path.dirname(path.join(this.root, file)), { recursive: true });
        fs.writeFileSync(path.join(this.root, file), '');
      }
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  get ledgerFile(): string {
    return path.join(this.folder, 'ledger');
  }

  /** What libfaketime reads. */
  get clockFile(): string {
    return path.join(this.folder, 'clock');
  }

  /** What libfaketime adds to the clock of those who look at this file. Replaced at once, so nobody reads half of it. */
  setClock(offset: string): void {
    fs.writeFileSync(`${this.clockFile}.new`, offset);
    fs.renameSync(`${this.clockFile}.new`, this.clockFile);
  }

  /** Workers look for this file, and end. */
  tellToStop(): void {
    fs.writeFileSync(path.join(this.folder, 'stop'), '');
  }

  /** Copies what explains a violation to where it stays. */
  keepLedger(): string {
    const kept = fs.mkdtempSync(path.join(os.tmpdir(), 'wlock-storm-ledger-'));
    for (const name of ['ledger', 'plan.json']) fs.copyFileSync(path.join(this.folder, name), path.join(kept, name));
    return kept;
  }

  remove(): void {
    this.disk?.unmount();
    removeFolder(this.folder);
  }
}

/** Where others delete records, holders stay longer inside, so that they are met there. */
function habitsIn(weather: Weather): Pick<Plan, 'longestStepMs' | 'stopsItself' | 'staysUntilTold'> {
  return weather === 'removals by others'
    ? { longestStepMs: 150, stopsItself: 0.03, staysUntilTold: 0.02 }
    : { longestStepMs: 15, stopsItself: 0, staysUntilTold: 0 };
}

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { removeFolder } from '../setup/removeFolder.mjs';

/** A workspace of its own in the temporary folder, gone after the test. */
export class TemporaryRoot {
  readonly path: string;

  constructor() {
    this.path = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'wlock-real-')));
    fs.chmodSync(this.path, 0o755); // other users may look, as into a checkout
  }

  in(...names: readonly string[]): string {
    return path.join(this.path, ...names);
  }

  get running(): string {
    return this.in('.loops', '.running');
  }

  /** Names in the running directory that little-loops takes for locks. */
  records(): readonly string[] {
    if (!fs.existsSync(this.running)) return [];
    return fs.readdirSync(this.running).filter((name) => name.endsWith('.lock') && name !== '.acquire.lock');
  }

  [Symbol.dispose](): void {
    // A keeper that has given its lock back may still be on its way out, and delete or write its last here.
    removeFolder(this.path);
  }
}

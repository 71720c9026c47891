/** Lock files of tools that we know only by what the user has declared: shown and obeyed, never taken (DESIGN 6.3). */
import * as path from 'node:path';
import { LockError } from '../../core/errors.ts';
import { whyNotReap } from '../../core/habits.ts';
import type { Lock } from '../../core/lock.ts';
import type { CaseRule } from '../../core/scope/foldCase.ts';
import { drive, sys, type Os, type Steps } from '../../os/os.ts';
import type {
  Capabilities,
  Changed,
  Disposable,
  Gone,
  Listing,
  LossCause,
  Released,
  Remark,
  ToolProtocol,
} from '../protocol.ts';
import { fingerprintOf } from '../readLockFile.ts';
import { moveAside } from '../temporaryFiles.ts';
import { watchDirectories } from '../watchDirectories.ts';
import type { Declaration } from './declaration.ts';
import { filesEntry, listDeclared, observe, type Place } from './list.ts';

const notOurs = 'Its format is known only as far as .wlock.json declares it: enough to see a lock, not to take one.';

export class DeclaredProtocol implements ToolProtocol {
  readonly id = 'declared';
  readonly can: Capabilities = {
    acquire: notOurs,
    renew: notOurs,
    wait: notOurs,
    reap: whyNotReap({ protocol: 'declared' }) ?? true,
    forceRelease: true,
  };
  readonly #os: Os;
  readonly #declarations: readonly Declaration[];
  readonly #place: Place;

  constructor(os: Os, declarations: readonly Declaration[], root: string, caseRule: CaseRule) {
    this.#os = os;
    this.#declarations = declarations;
    this.#place = { root, caseRule, uid: os.identity().uid };
  }

  isPresent(): Promise<boolean> {
    return Promise.resolve(this.#declarations.length > 0);
  }

  concerns(): boolean {
    return false; // nothing is ever taken there
  }

  async list(): Promise<Listing> {
    return { locks: await drive(this.#os, this.#listAll()), waiters: [] };
  }

  /** The directories in which locks were found, and those in which the patterns begin. */
  watch(onChange: () => void): Disposable {
    return watchDirectories(async () => {
      const bases = this.#declarations.map((declaration) => {
        const entry = filesEntry(declaration, this.#place.root);
        return entry.kind === 'glob' ? entry.base : path.dirname(entry.path);
      });
      const { locks } = await this.list();
      return [...bases, ...locks.map(({ file }) => path.dirname(file))];
    }, onChange);
  }

  acquire(): Promise<never> {
    return refuse(notOurs);
  }

  renew(): Promise<never> {
    return refuse(notOurs);
  }

  release(): Promise<void> {
    return Promise.resolve(); // nothing of it was ever held
  }

  describe(): Promise<readonly Remark[]> {
    return Promise.resolve(
      this.#declarations.map(({ name, files }) => ({
        level: 'ok',
        text: `${name}: ${files}, as .wlock.json declares`,
      })),
    );
  }

  abandon(): Promise<void> {
    return Promise.resolve();
  }

  reap(): Promise<never> {
    return refuse(String(this.can.reap));
  }

  forceRelease(lock: Lock): Promise<Released | Changed | Gone> {
    return drive(this.#os, this.#forceRelease(lock));
  }

  lossOf(): Promise<LossCause | undefined> {
    return Promise.resolve(undefined);
  }

  *#listAll(): Steps<readonly Lock[]> {
    const locks: Lock[] = [];
    for (const declaration of this.#declarations) locks.push(...(yield* listDeclared(declaration, this.#place)));
    return locks;
  }

  *#forceRelease(lock: Lock): Steps<Released | Changed | Gone> {
    const declaration = this.#declarations.find(({ name }) => name === lock.holder.tool);
    const now = declaration && (yield* observe(lock.file, declaration, this.#place));
    if (!now) return { kind: 'gone' };
    if (now.fingerprint !== lock.fingerprint) return { kind: 'changed', lock: now };
    if (declaration.entry === 'directory') {
      throw new LockError(
        'not-supported',
        `${lock.file} is a directory, and it is not deleted because something may be in it.`,
        'Look into it, then delete it.',
      );
    }
    // Aside first, then a look at what was caught: it may have been replaced since the look above.
    const aside = `${lock.file}.wlock-${yield* sys('uuid')}`;
    if (!(yield* moveAside(lock.file, aside))) return { kind: 'gone' };
    const caught = yield* sys('lstat', aside);
    const isIt = caught !== undefined && fingerprintOf(caught) === lock.fingerprint;
    if (!isIt) yield* sys('link', aside, lock.file); // back, unless somebody has taken the name in this moment
    yield* sys('unlink', aside);
    return isIt ? { kind: 'released', lock: now } : { kind: 'changed', lock: now };
  }
}

function refuse(sentence: string): Promise<never> {
  return Promise.reject(new LockError('not-supported', sentence, 'Use that tool itself.'));
}

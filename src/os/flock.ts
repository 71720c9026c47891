/**
 * flock(2) from Node.js (DESIGN 6.2): one interface, one provider chosen at start. Both exclude each other, and
 * every other program that flocks the same file.
 */
import { LockError, messageOf } from '../core/errors.ts';
import { fsExtProvider } from './flockFsExt.ts';
import { portableProvider } from './flockPortable.ts';
import type { Os } from './os.ts';

export interface FlockProvider {
  readonly name: 'fs-ext' | 'flock(1)' | 'O_EXLOCK';
  readonly openLocked: Os['openLocked'];
}

export interface FlockChoice {
  readonly provider: FlockProvider | undefined;
  /** Why this one, in one sentence; `doctor` prints it. */
  readonly because: string;
}

/** Force one provider: `fs-ext` or `portable`. Anything else is refused when a lock is taken. */
const flockVariable = 'WLOCK_FLOCK';

export function chooseFlock(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): FlockChoice {
  if (platform === 'win32') {
    return { provider: undefined, because: 'Windows has no flock: locks are shown, use WSL to acquire.' };
  }
  const wanted = environment[flockVariable];
  if (wanted !== undefined && wanted !== '' && wanted !== 'fs-ext' && wanted !== 'portable') {
    return {
      provider: undefined,
      because: `${flockVariable} is ${JSON.stringify(wanted)}; it may be fs-ext or portable.`,
    };
  }
  const portable = portableProvider(platform);
  if (wanted === 'portable') return { provider: portable, because: `${flockVariable} asks for it.` };
  try {
    return { provider: fsExtProvider(), because: 'its native binary loads.' };
  } catch (error) {
    const problem = messageOf(error).split('\n', 1)[0] ?? '';
    if (wanted === 'fs-ext') {
      return { provider: undefined, because: `${flockVariable} asks for fs-ext, which does not load: ${problem}` };
    }
    return { provider: portable, because: 'fs-ext is not installed here, so no native code is needed.' };
  }
}

/** The provider, or the error that tells a person why there is none. */
export function requireFlock(choice: FlockChoice): FlockProvider {
  if (choice.provider) return choice.provider;
  throw new LockError(
    'flock-unavailable',
    `Locks cannot be taken here. ${choice.because}`,
    'Run wlock doctor for details.',
  );
}

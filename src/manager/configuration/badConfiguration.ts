import { LockError } from '../../core/errors.ts';

/** Guessing instead could take locks in a directory that nobody else looks at. */
export function unusable(file: string, problem: string): LockError {
  return new LockError(
    'bad-configuration',
    `${file} cannot be used: ${problem}.`,
    'Correct the file; no lock was touched.',
  );
}

/** The library as it ships. */
import { pathToFileURL } from 'node:url';
import type { AcquireOptions, HeldLock, LockManager, OpenOptions, Verification } from '../../src/manager/library.ts';
import { libraryFile } from './programs.ts';

interface Library {
  readonly openLocks: (options: OpenOptions) => Promise<LockManager>;
  readonly acquireOrThrow: (locks: LockManager, options: AcquireOptions) => Promise<HeldLock>;
  readonly verifyLock: (locks: LockManager, id: string, token: string) => Promise<Verification>;
}

const loadLibrary = async (): Promise<Library> => (await import(pathToFileURL(libraryFile).href)) as Library;

export async function openLibrary(root: string, session?: string): Promise<LockManager> {
  const library = await loadLibrary();
  return await library.openLocks({ root, environment: {}, ...(session === undefined ? {} : { session }) });
}

export async function verifyLock(locks: LockManager, id: string, token: string): Promise<Verification> {
  return await (await loadLibrary()).verifyLock(locks, id, token);
}

export async function acquireOrThrow(locks: LockManager, options: AcquireOptions): Promise<HeldLock> {
  return await (await loadLibrary()).acquireOrThrow(locks, options);
}

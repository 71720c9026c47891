/** The library as it ships. */
import { pathToFileURL } from 'node:url';
import type { LockManager, OpenOptions } from '../../src/manager/library.ts';
import { libraryFile } from './programs.ts';

interface Library {
  readonly openLocks: (options: OpenOptions) => Promise<LockManager>;
}

export async function openLibrary(root: string, session?: string): Promise<LockManager> {
  const library = (await import(pathToFileURL(libraryFile).href)) as Library;
  return await library.openLocks({ root, environment: {}, ...(session === undefined ? {} : { session }) });
}

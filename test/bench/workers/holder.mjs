/** Holds locks with the library, in as many roots as it is asked to, until it is ended. */
import { pathToFileURL } from 'node:url';
import { answerQuestions } from './answer.mjs';

await answerQuestions({
  /** @param {{ library: string, root: string, holder: string, scopes: readonly string[] }} question */
  async hold({ library, root, holder, scopes }) {
    /** @type {typeof import('../../../src/manager/library.ts')} */
    const { acquireOrThrow, openLocks } = await import(pathToFileURL(library).href);
    const locks = await openLocks({ root });
    const files = [];
    for (const text of scopes)
      files.push((await acquireOrThrow(locks, { scope: [{ as: 'path', text }], holder })).file);
    return files;
  },
});

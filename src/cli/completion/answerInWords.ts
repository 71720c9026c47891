import { completionOf, type Candidate, type Surroundings } from './candidates.ts';

/** For shells that pass words and quote candidates themselves: what is to be completed, then a line for each candidate. */
export async function answerInWords(
  words: readonly string[],
  surroundings: Surroundings,
  lineOf: (candidate: Candidate) => string,
): Promise<string> {
  const completion = await completionOf(words, surroundings);
  switch (completion.kind) {
    case 'files':
    case 'folders':
      return `${completion.kind}\n`;
    case 'program':
      return `program ${completion.firstWord}\n`;
    case 'words':
      return ['words', ...completion.candidates.map(lineOf), ''].join('\n');
  }
}

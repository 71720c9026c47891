/** A page of which a program writes one part, and people write the rest. */
const begin = '<!-- figures: npm run bench -- --write -->';
const end = '<!-- end of figures -->';

export interface Surroundings {
  readonly before: string;
  readonly after: string;
}

/** @param surroundings what stands around the figures in a page that has none yet */
export function replaceFigures(page: string, figures: string, surroundings: Surroundings): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  const isNew = from < 0 || to < 0;
  const before = isNew ? surroundings.before : page.slice(0, from).trimEnd();
  const after = isNew ? surroundings.after : page.slice(to + end.length).trim();
  return `${before}\n\n${begin}\n\n${figures.trim()}\n\n${end}\n\n${after}\n`;
}

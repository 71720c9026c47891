/** Cases that failed once, with what they found; they run before all others. */
import { readFileSync } from 'node:fs';
import type { FuzzCase } from './campaign.ts';

export const keptSeeds = JSON.parse(
  readFileSync(new URL('seeds.json', import.meta.url), 'utf8'),
) as readonly (FuzzCase & { readonly found: string })[];

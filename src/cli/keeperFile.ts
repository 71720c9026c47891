import { fileURLToPath } from 'node:url';

/** The keeper's program, which is built beside every part of ours. */
export const keeperFile = fileURLToPath(new URL('./keeper.cjs', import.meta.url));

/** Where the simulated store lies. */
import { layoutOf } from '../../src/protocols/loops/layout.ts';

export const root = '/w';
export const layout = layoutOf(root, '.loops');

/** Of little-loops: by its wire format, not by what we think that it is. */
export const theirGate = `${root}/.loops/.running/.acquire.lock`;

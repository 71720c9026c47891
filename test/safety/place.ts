/** Where the simulated store lies. */
import { layoutOf } from '../../src/protocols/loops/layout.ts';

export const root = '/w';
export const layout = layoutOf(root, '.loops');

/** Of some other tool, which knows one lock. */
export const toolFolder = `${root}/.tool`;
export const toolFile = `${toolFolder}/src`;
export const toolStem = 'tool';

/** Of little-loops: by its wire format, not by what we think that it is. */
export const theirGate = `${root}/.loops/.running/.acquire.lock`;

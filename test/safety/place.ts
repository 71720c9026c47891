/** Where the simulated store lies. */
import { layoutOf } from '../../src/protocols/loops/layout.ts';

export const root = '/w';
export const layout = layoutOf(root, '.loops');

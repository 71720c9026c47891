import { findDebianProgram } from './debianProgram.mjs';

/**
 * For the test of file systems that are not the kernel's own (FUSE).
 * @param {{ say?: (line: string) => void }} [options]
 */
export const findBindfs = (options) => findDebianProgram('bindfs', 'bindfs', 'the test of FUSE file systems', options);

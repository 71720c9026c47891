import { findDebianProgram } from './debianProgram.mjs';

/** @param {{ say?: (line: string) => void }} [options] */
export const findBubblewrap = (options) =>
  findDebianProgram('bwrap', 'bubblewrap', 'the tests of confined commands', options);

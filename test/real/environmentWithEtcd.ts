import * as path from 'node:path';
import { findEtcd } from '../setup/etcd.mjs';

/** Where etcd is on the PATH, also where it was only unpacked for the tests. */
export async function environmentWithEtcd(): Promise<NodeJS.ProcessEnv> {
  return { PATH: [path.dirname(await findEtcd()), process.env['PATH']].join(path.delimiter) };
}

/** Which file systems can be trusted with flock: those of this kernel (DESIGN 6.2). */
import * as fs from 'node:fs';
import * as path from 'node:path';

/** Magic numbers of statfs(2) for file systems whose flock does not reach the other machine, or is emulated. */
const remoteTypes: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9p'],
  [0x65735546, 'FUSE'],
  [0x564c, 'NCP'],
  [0x73757245, 'Coda'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'kAFS'],
  [0x00c36400, 'Ceph'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x0bd00bd0, 'Lustre'],
  [0x786f4256, 'VirtualBox shared folder'],
  [0xbacbacbc, 'VMware shared folder'],
]);

/** Name of the network file system that `target`, or its nearest existing ancestor, lies on; undefined: local. */
export function remoteFileSystem(target: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  for (let folder = target; ; folder = path.dirname(folder)) {
    try {
      return remoteTypes.get(fs.statfsSync(folder).type >>> 0);
    } catch (error) {
      // Not there yet, or not to be seen: what will be made there lies on its parent's file system.
      if (folder === path.dirname(folder)) throw error;
    }
  }
}

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

/** Names of common local ones, for sentences only. */
const localTypes: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'XFS'],
  [0x9123683e, 'Btrfs'],
  [0x2fc12fc1, 'ZFS'],
  [0xf2f52010, 'F2FS'],
  [0x01021994, 'tmpfs'],
  [0x794c7630, 'overlayfs'],
  [0x4d44, 'FAT'],
  [0x2011bab0, 'exFAT'],
  [0x7366746e, 'NTFS'],
]);

/** Name of the network file system that `target`, or its nearest existing ancestor, lies on; undefined: local. */
export function remoteFileSystem(target: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  return remoteTypes.get(typeOf(target));
}

/** What `target`, or its nearest existing ancestor, lies on, in words for people. */
export function describeFileSystem(target: string): string {
  if (process.platform !== 'linux') return 'local';
  const type = typeOf(target);
  return remoteTypes.get(type) ?? localTypes.get(type) ?? `type 0x${type.toString(16)}`;
}

/** Of directories on block devices: `device:inode` to the magic number. Others have numbers that are given out again. */
const known = new Map<string, number>();
const mostKnown = 64;

/** Magic number of statfs(2), which costs three times as much as stat(2). */
function typeOf(target: string): number {
  for (let folder = target; ; folder = path.dirname(folder)) {
    try {
      const { dev, ino } = fs.statSync(folder);
      const place = `${dev}:${ino}`;
      const type = known.get(place) ?? fs.statfsSync(folder).type >>> 0;
      if (isBlockDevice(dev) && known.size < mostKnown) known.set(place, type);
      return type;
    } catch (error) {
      // Not there yet, or not to be seen: what will be made there lies on its parent's file system.
      if (folder === path.dirname(folder)) throw error;
    }
  }
}

/** What lies on none, such as NFS, FUSE and overlays, has major number 0 (makedev(3): its lower twelve bits begin at bit 8). */
function isBlockDevice(dev: number): boolean {
  return Math.floor(dev / 2 ** 8) % 2 ** 12 !== 0;
}

import { sys, type Fd, type Steps } from '../os/os.ts';

/** A lock file of ours. The descriptor stays open: while it is, no other file can get the same inode number. */
export interface OwnFile {
  readonly file: string;
  readonly fd: Fd;
}

/** Whether the path still names the file that we have open. */
export function* isStillThere({ file, fd }: OwnFile): Steps<boolean> {
  const [there, own] = [yield* sys('lstat', file), yield* sys('fstat', fd)];
  return there !== undefined && there.ino === own.ino && there.dev === own.dev;
}

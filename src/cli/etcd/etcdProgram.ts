import { LockError } from '../../core/errors.ts';
import { placeOf } from '../run/findCommand.ts';

/** Where etcd is installed. @throws LockError `command-not-found` */
export function etcdProgram(): string {
  try {
    return placeOf('etcd');
  } catch (cause) {
    throw new LockError(
      'command-not-found',
      'There is no etcd on your PATH.',
      'Install it: apt install etcd-server (Debian, Ubuntu), dnf install etcd (Fedora), brew install etcd (macOS), or see https://etcd.io/docs/latest/install/.',
      { cause },
    );
  }
}

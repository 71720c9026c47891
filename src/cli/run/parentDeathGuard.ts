import { spawnSync } from 'node:child_process';

/**
 * Words before a command's own, so that it does not outlive us. setpriv(1) of util-linux asks the kernel to kill the command
 * when we die; others have no such thing. We may die between the fork and its asking, and the kernel tells nothing of the
 * past: so the shell looks afterwards whether its parent is still us.
 */
export function parentDeathGuard(): readonly string[] {
  if (process.platform !== 'linux') return [];
  const guard = ['setpriv', '--pdeathsig', 'KILL', '--'];
  const works = spawnSync('setpriv', ['--pdeathsig', 'KILL', '--', 'true'], { stdio: 'ignore' }).status === 0;
  const onlyBelowUs = '[ "$PPID" = "$0" ] || kill -KILL $$; exec "$@"';
  return works ? [...guard, 'sh', '-c', onlyBelowUs, String(process.pid)] : [];
}

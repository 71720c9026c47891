/** Which endpoints may get credentials: a list of the user's own, outside every repository (DESIGN 9). */
import * as fs from 'node:fs';
import * as system from 'node:os';
import * as path from 'node:path';
import { LockError, messageOf, systemErrorCode } from '../../core/errors.ts';

/** Absolute; JSON: a list of URLs. */
export function confirmedFile(environment: NodeJS.ProcessEnv): string {
  const configured = environment['XDG_CONFIG_HOME'];
  const home = environment['HOME'] || system.homedir();
  return path.join(configured || path.join(home, '.config'), 'workspace-locks', 'etcd-endpoints.json');
}

/** @throws LockError `etcd-refused` */
export function assertConfirmed(endpoints: readonly string[], environment: NodeJS.ProcessEnv): void {
  const confirmed = new Set(confirmedEndpoints(environment));
  const others = endpoints.filter((endpoint) => !confirmed.has(endpoint));
  if (others.length === 0) return;
  throw new LockError(
    'etcd-refused',
    `Your etcd credentials are not sent to ${others.join(', ')}, which .wlock.json names and you have not confirmed.`,
    `If it is yours: wlock etcd confirm ${others.join(' ')}`,
  );
}

/** @throws LockError `bad-configuration` */
function confirmedEndpoints(environment: NodeJS.ProcessEnv): readonly string[] {
  const file = confirmedFile(environment);
  try {
    const value: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
    if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw unusable(file, messageOf(error));
  }
  throw unusable(file, 'it is no list of URLs');
}

export function confirmEndpoints(endpoints: readonly string[], environment: NodeJS.ProcessEnv): void {
  const file = confirmedFile(environment);
  const all = [...new Set([...confirmedEndpoints(environment), ...endpoints])];
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  fs.writeFileSync(temporary, `${JSON.stringify(all, undefined, 2)}\n`, { mode: 0o600 });
  fs.renameSync(temporary, file); // of two at once the later one counts; the earlier is asked again
}

function unusable(file: string, problem: string): LockError {
  return new LockError(
    'bad-configuration',
    `${file} cannot be used: ${problem}.`,
    'Mend it, or delete it and confirm again.',
  );
}

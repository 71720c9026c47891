/** bubblewrap, bwrap(1): a command in namespaces of its own, where only what is confined to may be written. Linux only. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { isatty } from 'node:tty';
import { LockError } from '../../core/errors.ts';
import type { Confinement } from './confinement.ts';

/**
 * A user namespace of its own, also for root: in ours, a process could write through `/proc/<pid>/root` of any other of
 * the same user, and the kernel's own permission checks would let root do the rest. A pid namespace of its own, so that
 * the kernel ends all that the command has started, daemons too, when the first of them ends.
 */
const isolation = ['--unshare-user', '--unshare-pid', '--unshare-ipc', '--die-with-parent', '--cap-drop', 'ALL'];

/**
 * Before bwrap: a mount namespace to which nothing propagates. bwrap's own gets what is mounted outside later (a disk, a
 * container's folder), and that could be written.
 */
export function privateMounts(): readonly [program: string, ...words: readonly string[]] {
  const user = process.geteuid?.() === 0 ? [] : ['--user', '--map-current-user'];
  return ['unshare', ...user, '--mount', '--propagation', 'private', '--'];
}

type Mount = readonly [option: string, ...paths: readonly string[]];

const sameReadOnly = (file: string): Mount => ['--ro-bind', file, file];
const ifThere = (file: string): Mount => ['--ro-bind-try', file, file];

/** Private and empty, and gone with the command; the sockets of daemons that would write for it are not in there either. */
const hidden = ['/tmp', '/var/tmp', '/run'] as const;

/** What programs need of `/run`: names of hosts, and on NixOS the programs themselves. */
const neededOfRun = [
  '/run/systemd/resolve',
  '/run/resolvconf',
  '/run/NetworkManager',
  '/run/current-system',
  '/run/wrappers',
  '/run/opengl-driver',
];

/** Everything that there is, not to be written; and in /proc what bwrap leaves open where root runs it [seen, 0.8]. */
const everything: readonly Mount[] = [
  sameReadOnly('/'),
  ['--dev', '/dev'],
  ['--proc', '/proc'],
  sameReadOnly('/proc/sys'),
  ifThere('/proc/sysrq-trigger'),
  // The init is bwrap itself, from outside of all this: `/proc/1/exe` would be a way to the real program's mode and times.
  ['--tmpfs', '/proc/1'],
  ...hidden.map((directory): Mount => ['--tmpfs', directory]),
  ...neededOfRun.map(ifThere),
];

export interface Surroundings {
  readonly cwd: string;
  /** Looked at by the command although they may lie in a hidden directory: the workspace, and our own program. */
  readonly visible: readonly string[];
  /** The command's program as it was named, absolute; what lies beside it is seen too. */
  readonly program: string;
  /** Whether the terminal could be made to type (TIOCSTI); then the command gets a session of its own. */
  readonly hasOpenTerminal: boolean;
}

/** Of bwrap, before `--` and the command. */
export function bubblewrapArguments(
  { writable, sheltered }: Confinement,
  { cwd, visible, program, hasOpenTerminal }: Surroundings,
): readonly string[] {
  const isSeenAnyway = (file: string): boolean =>
    writable.some((directory) => isInside(file, directory)) || !hidden.some((directory) => isInside(file, directory));
  const seen = [cwd, ...visible].filter((file) => !isSeenAnyway(file)).map(sameReadOnly);
  const mounts: readonly Mount[] = [
    ...everything,
    ...seen,
    ...programMounts(program).filter((mount) => !isSeenAnyway(mount.at(-1) ?? '')),
    ...[...writable, ...foldersAround(sheltered, writable)].map((file): Mount => ['--bind', file, file]),
    ...sheltered.map(ifThere),
  ];
  // A mount hides what was mounted below it before: the outer ones first. Of two on one path the later holds.
  const outerFirst = mounts.toSorted((a, b) => depthOf(a) - depthOf(b));
  return [
    ...isolation,
    ...(hasOpenTerminal ? ['--new-session'] : []),
    ...outerFirst.flat(),
    ...['--chdir', cwd, '--setenv', 'TMPDIR', '/tmp'],
  ];
}

/** The folder of a program, under its name and where it really lies; of one that lies in `/tmp` itself only the file. */
function programMounts(program: string): readonly Mount[] {
  const real = fs.realpathSync.native(program);
  return [program, real].map((file): Mount => {
    const folder = path.dirname(file);
    return hidden.some((directory) => directory === folder) ? ['--ro-bind', real, file] : sameReadOnly(folder);
  });
}

/**
 * The folders between what is writable and what is sheltered below it. As mounts of their own they can be written like
 * before, but not renamed: or the command could move `.loops` away with all locks, although it cannot write in them.
 */
function foldersAround(sheltered: readonly string[], writable: readonly string[]): readonly string[] {
  const around = new Set<string>();
  for (const file of sheltered) {
    const isWritable = (folder: string): boolean =>
      writable.some((outer) => folder !== outer && isInside(folder, outer));
    for (let folder = path.dirname(file); isWritable(folder); folder = path.dirname(folder)) around.add(folder);
  }
  return [...around];
}

function isInside(file: string, directory: string): boolean {
  return `${file}/`.startsWith(directory === '/' ? '/' : `${directory}/`);
}

function depthOf(mount: Mount): number {
  return (mount.at(-1) ?? '').split('/').filter((name) => name !== '').length;
}

/**
 * Old kernels, and new ones that are told to, let a process type into its terminal for whoever reads it next (the ioctl
 * TIOCSTI): a way out of any confinement.
 */
export function hasOpenTerminal(): boolean {
  if (![0, 1, 2].some((descriptor) => isatty(descriptor))) return false;
  try {
    return fs.readFileSync('/proc/sys/dev/tty/legacy_tiocsti', 'utf8').trim() !== '0';
  } catch {
    return true; // before Linux 6.2 there was no such switch
  }
}

/**
 * Before anything is locked: bwrap must be there and work, which it does not where users may make no namespaces (many
 * containers).
 * @throws LockError `confine-unsupported`
 */
export function assertBubblewrap(): void {
  if (process.platform !== 'linux') {
    throw unsupported('A command can be confined on Linux only', 'Run it without --confine, or in a Linux container.');
  }
  const [unshare, ...words] = privateMounts();
  const tried = spawnSync(unshare, [...words, 'bwrap', ...isolation, ...everything.flat(), '--', 'true'], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: longestTrialMs,
    killSignal: 'SIGKILL',
  });
  if (tried.error || isMissing(tried.status)) {
    throw unsupported(
      'A command is confined by bubblewrap, and bwrap could not be started',
      'Install the package bubblewrap, or run without --confine.',
      tried.error,
    );
  }
  if (tried.status !== 0) {
    const why = tried.stderr.trim().split('\n', 1)[0] ?? '';
    throw unsupported(
      `bubblewrap cannot confine a command here (${why})`,
      'Containers and some systems forbid user namespaces; allow them, or run without --confine.',
    );
  }
}

/** As a shell and unshare(1) report a program that is not there. */
const isMissing = (status: number | null): boolean => status === 127;

/** A working bwrap needs some milliseconds. */
const longestTrialMs = 10_000;

function unsupported(message: string, hint: string, cause?: unknown): LockError {
  return new LockError('confine-unsupported', `${message}.`, `${hint} Nothing was locked.`, { cause });
}

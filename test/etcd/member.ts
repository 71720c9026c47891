/** One member of a cluster: a real etcd process on loopback. It is killed with the test run, should that be killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { onPath } from '../setup/onPath.mjs';

export interface MemberSettings {
  readonly program: string;
  /** `m0`, `m1`, … */
  readonly name: string;
  /** For its data and its log. */
  readonly folder: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
  /** `m0=http://…,m1=http://…` */
  readonly initialCluster: string;
  /** Times, certificates. */
  readonly more: readonly string[];
}

type State = 'running' | 'paused' | 'ended';

export class Member {
  readonly #settings: MemberSettings;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #paused = false;

  constructor(settings: MemberSettings) {
    this.#settings = settings;
  }

  get state(): State {
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return 'ended';
    return this.#paused ? 'paused' : 'running';
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.#settings.name} does not run.`);
    return pid;
  }

  /** What it said, its earlier runs included. */
  get log(): string {
    return fs.existsSync(this.#logFile) ? fs.readFileSync(this.#logFile, 'utf8') : '';
  }

  get #logFile(): string {
    return path.join(this.#settings.folder, `${this.#settings.name}.log`);
  }

  /** It serves clients only once the cluster has a leader. */
  start(): void {
    const { program, name, folder, clientUrl, peerUrl, initialCluster, more } = this.#settings;
    const flags = {
      name: name,
      'data-dir': path.join(folder, name),
      'listen-client-urls': clientUrl,
      'advertise-client-urls': clientUrl,
      'listen-peer-urls': peerUrl,
      'initial-advertise-peer-urls': peerUrl,
      'initial-cluster': initialCluster,
      'initial-cluster-token': path.basename(folder),
      logger: 'zap',
      'log-outputs': 'stderr',
      'log-level': 'error',
    };
    const words = [program, ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`), ...more];
    const log = fs.openSync(this.#logFile, 'a');
    try {
      const [file = '', ...args] = [...parentDeathGuard(), ...words];
      const child = spawn(file, args, { stdio: ['ignore', log, log], env: cleanEnvironment(), cwd: folder });
      this.#child = child;
      this.#paused = false;
      this.#ended = new Promise((resolve) => {
        child.once('error', (error) => {
          fs.appendFileSync(this.#logFile, `${error.message}\n`);
          resolve();
        });
        child.once('exit', () => resolve());
      });
    } finally {
      fs.closeSync(log);
    }
  }

  /** SIGKILL; its data stays. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  pause(): void {
    this.#child?.kill('SIGSTOP');
    this.#paused = true;
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
    this.#paused = false;
  }
}

/** util-linux asks the kernel to kill it with us, and becomes the program, so that its pid is the program's. */
function parentDeathGuard(): readonly string[] {
  const setpriv = process.platform === 'linux' ? onPath('setpriv') : undefined;
  return setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL', '--'];
}

/** etcd reads every flag from the environment too. It starts on ARM before 3.5 only if told that this is meant. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const rest = Object.entries(process.env).filter(([name]) => !name.startsWith('ETCD_'));
  return { ...Object.fromEntries(rest), ...(process.arch === 'arm64' ? { ETCD_UNSUPPORTED_ARCH: 'arm64' } : {}) };
}

/** The process of a throw-away etcd: one member, on loopback, with its data in a temporary folder. */
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { parentDeathGuard } from '../run/parentDeathGuard.ts';
import { Undertaker } from './undertaker.ts';

export interface Ports {
  readonly client: number;
  /** For other members; etcd wants it even where there are none. */
  readonly peer: number;
}

const linesOfLog = 10;

export class EtcdProcess {
  /** Holds its data and its log; only this user may look into it. */
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wlock-etcd-'));
  readonly endpoint: string;
  /** Resolves when it has ended, by us or by itself. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #undertaker: Undertaker | undefined;
  #end: string | undefined;

  constructor(program: string, ports: Ports) {
    this.endpoint = urlOf(ports.client);
    const log = fs.openSync(this.#logFile, 'w');
    const [file = '', ...args] = [...parentDeathGuard(), program, ...flagsOf(path.join(this.folder, 'data'), ports)];
    // In a group of its own: Ctrl-C is for us, so that an end that we have not made is an end by itself.
    this.#child = spawn(file, args, { stdio: ['ignore', log, log], env: environment(), detached: true });
    fs.closeSync(log);
    this.ended = new Promise<string>((resolve) => {
      this.#child.once('error', ({ message }) => resolve(message));
      this.#child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code ?? 0}`));
    }).then((end) => {
      this.#end = end;
    });
    const { pid } = this.#child;
    this.#undertaker = pid === undefined ? undefined : new Undertaker(pid, this.folder);
  }

  /** Undefined where it could not be started; then it has ended, too. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** How it has ended, in words; undefined while it runs. */
  get end(): string | undefined {
    return this.#end;
  }

  get log(): string {
    return fs.readFileSync(this.#logFile, 'utf8');
  }

  /** For a message. */
  get lastWords(): string {
    const lines = this.log.trimEnd().split('\n').slice(-linesOfLog);
    return lines.join('') === '' ? 'Its log is empty.' : `The end of its log:\n${lines.join('\n')}`;
  }

  /** With its folder, so nothing is lost by KILL. */
  async remove(): Promise<void> {
    if (this.#end === undefined) this.#child.kill('SIGKILL');
    await this.ended;
    await this.#undertaker?.dismiss();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  get #logFile(): string {
    return path.join(this.folder, 'etcd.log');
  }
}

function flagsOf(dataFolder: string, { client, peer }: Ports): readonly string[] {
  return [
    '--name=dev',
    `--data-dir=${dataFolder}`,
    `--listen-client-urls=${urlOf(client)}`,
    `--advertise-client-urls=${urlOf(client)}`,
    `--listen-peer-urls=${urlOf(peer)}`,
    `--initial-advertise-peer-urls=${urlOf(peer)}`,
    `--initial-cluster=dev=${urlOf(peer)}`,
    '--logger=zap',
    '--log-outputs=stderr',
    '--log-level=error',
  ];
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/** etcd reads every flag from its environment too. On ARM, before 3.5, it starts only if told that this is meant. */
function environment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('ETCD_'));
  return { ...Object.fromEntries(others), ...(process.arch === 'arm64' ? { ETCD_UNSUPPORTED_ARCH: 'arm64' } : {}) };
}

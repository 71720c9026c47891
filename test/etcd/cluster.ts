/** Start here: a cluster of real etcd processes on loopback that a test may kill, pause and restart, one by one. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { waitFor } from '../real/waitFor.ts';
import { findEtcd } from '../setup/etcd.mjs';
import { makeCertificates, type Certificates } from './certificates.ts';
import { freePorts } from './freePorts.ts';
import { ask } from './gateway.ts';
import { Member } from './member.ts';

export interface EtcdClusterOptions {
  readonly members: 1 | 3;
  /** Elections within 0.5 s and leases from 1 s; without it etcd's own times: elections within 2 s, leases from 2 s. */
  readonly quick?: true;
  /** Asks for a user and a password: `credentials`. */
  readonly auth?: true;
  /** Speaks TLS with a CA of its own, and asks clients for a certificate: `certificates`. */
  readonly tls?: true;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

interface Status {
  readonly memberId: string;
  readonly leader: string;
  readonly term: number;
}

const quickTimes = ['--heartbeat-interval=50', '--election-timeout=300'];
const root: Credentials = { user: 'root', password: 'correct horse' };
/** A machine that others load may take long to start three processes. */
const healthyBoundMs = 30_000;
/** So often may somebody else be quicker to take a port that was free. */
const tries = 5;

export class EtcdCluster implements AsyncDisposable {
  readonly folder: string;
  /** `http://127.0.0.1:PORT`, https with `tls`; one for each member, in order. */
  readonly endpoints: readonly string[];
  readonly ports: readonly number[];
  /** Of the user who may do everything; undefined without `auth`. */
  readonly credentials: Credentials | undefined;
  readonly certificates: Certificates | undefined;
  readonly #members: readonly Member[];
  /** By what they call themselves. */
  readonly #indexes = new Map<string, number>();

  static async start(options: EtcdClusterOptions): Promise<EtcdCluster> {
    const program = await findEtcd();
    for (let attempt = 1; ; attempt++) {
      const cluster = new EtcdCluster(options, program, await freePorts(2 * options.members));
      try {
        await cluster.#begin();
        return cluster;
      } catch (error) {
        const portTaken = cluster.log.includes('address already in use');
        await cluster.end();
        if (!portTaken || attempt === tries) throw error;
      }
    }
  }

  private constructor(options: EtcdClusterOptions, program: string, ports: readonly number[]) {
    this.folder = fs.mkdtempSync(path.join(memoryFolder(), 'wlock-etcd-'));
    this.ports = ports.slice(0, options.members);
    this.certificates = options.tls ? makeCertificates(path.join(this.folder, 'certificates')) : undefined;
    this.credentials = options.auth ? root : undefined;
    this.endpoints = this.ports.map((port) => `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`);
    const peerUrls = ports.slice(options.members).map((port) => `http://127.0.0.1:${port}`);
    const initialCluster = peerUrls.map((url, index) => `m${index}=${url}`).join(',');
    const more = [...(options.quick ? quickTimes : []), ...serverCertificates(this.certificates)];
    this.#members = this.endpoints.map((clientUrl, index) => {
      const peerUrl = peerUrls[index] ?? '';
      return new Member({ program, name: `m${index}`, folder: this.folder, clientUrl, peerUrl, initialCluster, more });
    });
  }

  async #begin(): Promise<void> {
    for (const member of this.#members) member.start();
    await this.untilHealthy();
    for (const [index, status] of (await this.#statuses()).entries()) this.#indexes.set(status.memberId, index);
    if (this.credentials) await this.#askForPassword(this.credentials);
  }

  /** SIGKILL: it refuses connections; its data stays. */
  async kill(index: number): Promise<void> {
    await this.#member(index).kill();
  }

  /** SIGSTOP: it takes connections, and does not answer. */
  pause(index: number): void {
    this.#member(index).pause();
  }

  resume(index: number): void {
    this.#member(index).resume();
  }

  /** From its data, on its old ports. It answers as soon as most members run: `untilHealthy`. */
  async restart(index: number): Promise<void> {
    const member = this.#member(index);
    await member.kill();
    member.start();
  }

  pid(index: number): number {
    return this.#member(index).pid;
  }

  /** The index of the running member that most others follow. Waits for an election that goes on. */
  leader(): Promise<number> {
    return waitFor(
      () => `the cluster has a leader. ${this.log}`,
      async () => {
        const statuses = await this.#statuses();
        const newest = Math.max(...statuses.map(({ term }) => term));
        // A leader that was paused believes in itself, in its old term.
        const voters = statuses.filter(({ term }) => term === newest);
        const leader = voters[0]?.leader;
        const agreed = voters.filter((voter) => voter.leader === leader).length * 2 > this.#members.length;
        const index = agreed && leader !== undefined ? this.#indexes.get(leader) : undefined;
        // Followers believe in a leader that has gone, until they miss him.
        return index !== undefined && this.#member(index).state === 'running' ? index : undefined;
      },
      healthyBoundMs,
    );
  }

  /** Whether every member that is not killed or paused says that it can write; false where none is left. */
  async isHealthy(): Promise<boolean> {
    const answers = this.#running().map(async (endpoint) => {
      const answer = await ask(`${endpoint}/health`, { certificates: this.certificates }).catch(() => undefined);
      return (answer as { health?: string } | undefined)?.health === 'true';
    });
    return answers.length > 0 && (await Promise.all(answers)).every(Boolean);
  }

  async untilHealthy(): Promise<void> {
    await waitFor(
      () => `the cluster is healthy. ${this.log}`,
      async () => {
        if (this.#running().length === 0) throw new Error(`No member runs. ${this.log}`);
        return await this.isHealthy();
      },
      healthyBoundMs,
    );
  }

  /** What all members said: errors only. */
  get log(): string {
    return this.#members.map(({ log }) => log).join('');
  }

  async end(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.kill()));
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }

  #member(index: number): Member {
    const member = this.#members[index];
    if (!member) throw new Error(`There is no member ${index}.`);
    return member;
  }

  /** Endpoints of those who can answer. */
  #running(): readonly string[] {
    return this.endpoints.filter((_, index) => this.#member(index).state === 'running');
  }

  /** Of those who answer, in order. */
  async #statuses(): Promise<readonly Status[]> {
    const answers = this.#running().map(async (endpoint) => {
      const url = `${endpoint}/v3/maintenance/status`;
      return await ask(url, { certificates: this.certificates, body: {} }).catch(() => undefined);
    });
    return (await Promise.all(answers)).filter((answer) => answer !== undefined).map(statusOf);
  }

  async #askForPassword({ user, password }: Credentials): Promise<void> {
    const [endpoint = ''] = this.endpoints;
    const post = (what: string, body: object): Promise<unknown> =>
      ask(`${endpoint}/v3/auth/${what}`, { certificates: this.certificates, body, boundMs: 10_000 });
    await post('user/add', { name: user, password });
    await post('role/add', { name: 'root' }); // a name with a meaning: it may do everything
    await post('user/grant', { user, role: 'root' });
    await post('enable', {});
  }
}

function serverCertificates(certificates: Certificates | undefined): readonly string[] {
  if (!certificates) return [];
  const { ca, serverCertificate, serverKey } = certificates;
  return [
    `--cert-file=${serverCertificate}`,
    `--key-file=${serverKey}`,
    `--trusted-ca-file=${ca}`,
    '--client-cert-auth',
  ];
}

function statusOf(answer: unknown): Status {
  const { header, leader, raftTerm } = answer as {
    header: { member_id: string };
    leader?: string;
    raftTerm: string;
  };
  return { memberId: header.member_id, leader: leader ?? '0', term: Number(raftTerm) };
}

/** etcd 3.4 waits for the disk at each write, and has no flag against it: memory does not wait. */
function memoryFolder(): string {
  try {
    fs.accessSync('/dev/shm', fs.constants.W_OK);
    return '/dev/shm';
  } catch {
    return os.tmpdir();
  }
}

/** etcd v3 through its JSON gateway (DEPENDENCIES 5): which server to ask, who we are, and its words in ours. */
import { LockError } from '../../core/errors.ts';
import { HttpTrouble, type JsonHttp } from '../../os/jsonHttp.ts';
import type { Range } from './keys.ts';
import type { Change, Committed, Compare, KeyValue, LeaseId, Transaction } from './transaction.ts';
import type { KeyEvent } from './view.ts';
import { fromBase64, isObject, keyAfter, listOf, numberOf, textOf, toBase64, type Json } from './wire.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export interface GatewayOptions {
  /** `https://host:port`, one of each member. */
  readonly endpoints: readonly string[];
  readonly http: JsonHttp;
  readonly credentials?: Credentials;
  /** Milliseconds for which one server is waited for. */
  readonly patienceMs?: number;
}

/** So many keys at once, so that no answer is huge. */
const pageSize = 1_000;

const usualPatienceMs = 2_000;

const transactionPath = '/v3/kv/txn';

/** gRPC codes that another member may answer better: deadline exceeded, unavailable; and unknown, which is mostly "no leader". */
const passing: ReadonlySet<number> = new Set([2, 4, 14]);
const unauthenticated = 16;
const permissionDenied = 7;

export type MemberSaying =
  | { readonly endpoint: string; readonly trouble: string }
  | { readonly endpoint: string; readonly version: string; readonly alarms: readonly string[] };

export interface WatchEvents {
  readonly onEvents: (events: readonly KeyEvent[]) => void;
  /** Once; `compacted` where what it should begin with is not kept any more. */
  readonly onEnd: (why: 'compacted' | 'broken') => void;
}

export class Gateway {
  readonly endpoints: readonly string[];
  readonly #http: JsonHttp;
  readonly #credentials: Credentials | undefined;
  readonly #patienceMs: number;
  /** Of `endpoints`: the one that answered last. */
  #current = 0;
  /** By endpoint: each member has its own, unless they are signed. */
  readonly #tokens = new Map<string, string>();
  #hasDoubts = false;

  constructor({ endpoints, http, credentials, patienceMs }: GatewayOptions) {
    this.endpoints = endpoints;
    this.#http = http;
    this.#credentials = credentials;
    this.#patienceMs = patienceMs ?? usualPatienceMs;
  }

  /**
   * Of some transaction nobody knows what became at one member, though another may have answered: it may be there, or come
   * late.
   */
  get hasDoubts(): boolean {
    return this.#hasDoubts;
  }

  /** All pairs of these ranges as they stood at one revision. */
  async read(ranges: readonly Range[]): Promise<{ readonly pairs: readonly KeyValue[]; readonly revision: number }> {
    const pairs: KeyValue[] = [];
    let revision = 0;
    for (const { key, end } of ranges) {
      // In bytes: a key that somebody else has put need not be text.
      for (let from: string | undefined = toBase64(key); from !== undefined;) {
        const answer = await this.#call('/v3/kv/range', {
          key: from,
          range_end: toBase64(end),
          limit: pageSize,
          ...(revision === 0 ? {} : { revision: String(revision) }),
        });
        revision ||= revisionOf(answer);
        const page = listOf(answer, 'kvs');
        pairs.push(...page.map(pairOf));
        const last = page.at(-1);
        from = answer['more'] === true && last ? keyAfter(textOf(last, 'key')) : undefined;
      }
    }
    return { pairs, revision };
  }

  async find(key: string): Promise<KeyValue | undefined> {
    return listOf(await this.#call('/v3/kv/range', { key: toBase64(key) }), 'kvs').map(pairOf)[0];
  }

  /**
   * Of the whole cluster, now.
   * @param readable a key that we may read, whether it is there or not
   */
  async revision(readable: string): Promise<number> {
    return revisionOf(await this.#call('/v3/kv/range', { key: toBase64(readable), count_only: true }));
  }

  /** Whether something in the range has been put after that revision. */
  async hasNewer({ key, end }: Range, revision: number): Promise<boolean> {
    const answer = await this.#call('/v3/kv/range', {
      key: toBase64(key),
      range_end: toBase64(end),
      min_mod_revision: String(revision + 1),
      keys_only: true,
      limit: 1,
    });
    return listOf(answer, 'kvs').length > 0;
  }

  async count({ key, end }: Range): Promise<number> {
    const body = { key: toBase64(key), range_end: toBase64(end), count_only: true };
    return numberOf(await this.#call('/v3/kv/range', body), 'count');
  }

  async commit({ compare, changes, otherwise }: Transaction): Promise<Committed> {
    const answer = await this.#call(transactionPath, {
      compare: compare.map(compareWire),
      success: changes.map(changeWire),
      failure: otherwise.map(({ key, end }) => ({
        request_range: {
          key: toBase64(key),
          ...(end === undefined
            ? {}
            : { range_end: toBase64(end), sort_order: 'DESCEND', sort_target: 'MOD', limit: 1 }),
        },
      })),
    });
    const revision = revisionOf(answer);
    if (answer['succeeded'] === true) return { kind: 'committed', revision };
    const found = listOf(answer, 'responses').flatMap((response) => {
      const range = response['response_range'];
      return isObject(range) ? listOf(range, 'kvs').map(pairOf) : [];
    });
    return { kind: 'refused', revision, found };
  }

  async grantLease(ttlS: number): Promise<{ readonly lease: LeaseId; readonly ttlMs: number }> {
    const answer = await this.#call('/v3/lease/grant', { TTL: String(ttlS) });
    return { lease: textOf(answer, 'ID') as LeaseId, ttlMs: numberOf(answer, 'TTL') * 1_000 };
  }

  /**
   * The TTL that is left, in ms; 0 where the lease is over. A leader that was paused answers from its memory before it hears of
   * its successor, which may have ended the lease: so the answer counts only if most members still agree on its term after it.
   * @param readable a key that we may read, whether it is there or not
   */
  async keepAlive(lease: LeaseId, readable: string): Promise<number> {
    const { result } = await this.#call('/v3/lease/keepalive', { ID: lease });
    if (!isObject(result)) return 0;
    const agreed = await this.#call('/v3/kv/range', { key: toBase64(readable), count_only: true });
    if (termOf(result) === termOf(agreed)) return numberOf(result, 'TTL') * 1_000;
    throw new LockError(
      'etcd-unreachable',
      'The etcd cluster has a new leader, and it is not known whether that one has heard of our lease.',
      'Nothing to do: it is asked again.',
    );
  }

  async revoke(lease: LeaseId): Promise<void> {
    await this.#call('/v3/lease/revoke', { ID: lease }, { isForgiving: true });
  }

  async keysOf(lease: LeaseId): Promise<readonly string[]> {
    const answer = await this.#call('/v3/lease/timetolive', { ID: lease, keys: true });
    const keys = answer['keys'];
    return Array.isArray(keys) ? keys.filter((key) => typeof key === 'string').map(fromBase64) : [];
  }

  /** For people: what each member says of itself. */
  async describe(): Promise<readonly MemberSaying[]> {
    return await Promise.all(this.endpoints.map((endpoint) => this.#describeOne(endpoint)));
  }

  async #describeOne(endpoint: string): Promise<MemberSaying> {
    try {
      const answer = await this.#ask(endpoint, '/v3/maintenance/status', {}, false);
      if (answer.kind === 'try-another') return { endpoint, trouble: answer.problem };
      const alarms = answer.value['errors'];
      const list = Array.isArray(alarms) ? alarms.filter((alarm) => typeof alarm === 'string') : [];
      return { endpoint, version: textOf(answer.value, 'version'), alarms: list };
    } catch (error) {
      if (error instanceof HttpTrouble || error instanceof LockError) return { endpoint, trouble: error.message };
      throw error;
    }
  }

  /** From a revision on; of one member, which ends it where it loses its leader. */
  watch({ key, end }: Range, fromRevision: number, { onEvents, onEnd }: WatchEvents): { dispose(): void } {
    const index = this.#current;
    const endpoint = this.#endpointAt(index);
    const stream = this.#http.stream(
      {
        endpoint,
        path: '/v3/watch',
        body: {
          create_request: { key: toBase64(key), range_end: toBase64(end), start_revision: String(fromRevision) },
        },
        headers: { ...this.#headersFor(endpoint), 'Grpc-Metadata-hasleader': 'true' },
        timeoutMs: this.#patienceMs,
      },
      {
        onLine: (line) => {
          const result = isObject(line) ? line['result'] : undefined;
          if (!isObject(result)) return finish('broken');
          if (numberOf(result, 'compact_revision') > 0) return finish('compacted');
          if (result['canceled'] === true) return finish('broken');
          const events = listOf(result, 'events').flatMap(eventOf);
          if (events.length > 0) onEvents(events);
        },
        onEnd: () => {
          this.#leave(index);
          onEnd('broken');
        },
      },
    );
    const finish = (why: 'compacted' | 'broken'): void => {
      stream.dispose();
      if (why === 'broken') {
        this.#tokens.delete(endpoint); // perhaps it was too old
        this.#leave(index);
      }
      onEnd(why);
    };
    return stream;
  }

  close(): void {
    this.#http.close();
  }

  /**
   * Asks one member after the other, each once, whatever other questions find out meanwhile. All that is sent here may be
   * sent twice: what changes something does so only where nothing has changed since (`ClusterPort.commit`), or is meant to
   * be there once and for all.
   */
  async #call(path: string, body: Json, { isForgiving = false } = {}): Promise<Json> {
    const problems: string[] = [];
    const first = this.#current;
    for (let index = first; index < first + this.endpoints.length; index++) {
      const endpoint = this.#endpointAt(index);
      try {
        const answer = await this.#ask(endpoint, path, body, isForgiving);
        if (answer.kind === 'answer') return answer.value;
        problems.push(`${endpoint}: ${answer.problem}`);
      } catch (error) {
        if (!(error instanceof HttpTrouble)) throw error;
        problems.push(`${endpoint}: ${error.message}`);
      }
      this.#leave(index);
      this.#hasDoubts ||= path === transactionPath;
    }
    throw new LockError(
      'etcd-unreachable',
      `The etcd cluster cannot be reached, so nobody knows what other machines have locked (${problems.join('; ')}).`,
      'Nothing is locked until it answers again. wlock doctor looks at each endpoint of .wlock.json.',
    );
  }

  async #ask(
    endpoint: string,
    path: string,
    body: Json,
    isForgiving: boolean,
  ): Promise<
    { readonly kind: 'answer'; readonly value: Json } | { readonly kind: 'try-another'; readonly problem: string }
  > {
    if (this.#credentials && !this.#tokens.has(endpoint)) await this.#authenticate(endpoint, this.#credentials);
    const call = { endpoint, path, body, headers: this.#headersFor(endpoint), timeoutMs: this.#patienceMs };
    let { status, value } = await this.#http.post(call);
    let problem = problemOf(status, value);
    if (problem?.code === unauthenticated && this.#credentials) {
      await this.#authenticate(endpoint, this.#credentials);
      ({ status, value } = await this.#http.post({ ...call, headers: this.#headersFor(endpoint) }));
      problem = problemOf(status, value);
    }
    if (problem === undefined || isForgiving) {
      // Anything may answer at a port: what is not from a cluster must not be taken for its word.
      return isObject(value) && (isForgiving || clusterOf(value) !== '')
        ? { kind: 'answer', value }
        : { kind: 'try-another', problem: 'it answers, but it is no etcd' };
    }
    // Without a code of etcd's it is somebody between us who refuses.
    if (problem.code === 0 || passing.has(problem.code)) return { kind: 'try-another', problem: problem.message };
    throw refusal(endpoint, problem);
  }

  async #authenticate(endpoint: string, { user, password }: Credentials): Promise<void> {
    const { status, value } = await this.#http.post({
      endpoint,
      path: '/v3/auth/authenticate',
      body: { name: user, password },
      headers: {},
      timeoutMs: this.#patienceMs,
    });
    const problem = problemOf(status, value);
    if (problem === undefined) return void this.#tokens.set(endpoint, isObject(value) ? textOf(value, 'token') : '');
    if (/authentication is not enabled/.test(problem.message)) return;
    if (passing.has(problem.code) && !/authentication failed/.test(problem.message))
      throw new HttpTrouble(problem.message);
    throw refusal(endpoint, problem);
  }

  #headersFor(endpoint: string): Record<string, string> {
    const token = this.#tokens.get(endpoint);
    return token === undefined ? {} : { Authorization: token };
  }

  #endpointAt(index: number): string {
    return this.endpoints[index % this.endpoints.length] ?? '';
  }

  /** Goes on to the next, unless another question has gone on already. */
  #leave(index: number): void {
    const count = this.endpoints.length;
    if (this.#current === index % count) this.#current = (index + 1) % count;
  }
}

interface Problem {
  readonly code: number;
  readonly message: string;
}

function problemOf(status: number, value: unknown): Problem | undefined {
  const said = isObject(value) ? value : {};
  const code = numberOf(said, 'code');
  if (status >= 200 && status < 300 && code === 0) return undefined;
  return { code, message: textOf(said, 'message') || textOf(said, 'error') || `HTTP status ${status}` };
}

function refusal(endpoint: string, { code, message }: Problem): LockError {
  // Its request was on the way for so long: through an election, or a pause of ours.
  if (/lease not found/.test(message)) {
    return new LockError(
      'etcd-unreachable',
      `The etcd server at ${endpoint} has not heard of us in time (${message}).`,
      'Nothing is locked. Try again.',
    );
  }
  const isAboutPeople =
    code === unauthenticated || code === permissionDenied || /authentication failed|user name is empty/.test(message);
  return new LockError(
    'etcd-refused',
    `The etcd server at ${endpoint} refused: ${message}.`,
    isAboutPeople
      ? 'Give WLOCK_ETCD_USER and WLOCK_ETCD_PASSWORD of a user whose role may read and write the keys of this namespace.'
      : /space exceeded/.test(message)
        ? 'Compact and defragment it, and disarm the alarm: docs/etcd.md, Running the cluster.'
        : 'wlock doctor shows what it says of itself.',
  );
}

function revisionOf(answer: Json): number {
  const header = answer['header'];
  return isObject(header) ? numberOf(header, 'revision') : 0;
}

function clusterOf(answer: Json): string {
  const { header } = isObject(answer['result']) ? answer['result'] : answer;
  return isObject(header) ? textOf(header, 'cluster_id') : '';
}

/** Which leader it was. */
function termOf(answer: Json): string {
  const { header } = answer;
  return isObject(header) ? textOf(header, 'raft_term') : '';
}

function pairOf(pair: Json): KeyValue {
  const lease = textOf(pair, 'lease');
  return {
    key: fromBase64(textOf(pair, 'key')),
    value: fromBase64(textOf(pair, 'value')),
    createRevision: numberOf(pair, 'create_revision'),
    modRevision: numberOf(pair, 'mod_revision'),
    lease: lease === '' || lease === '0' ? undefined : (lease as LeaseId),
  };
}

function eventOf(event: Json): readonly KeyEvent[] {
  const pair = event['kv'];
  if (!isObject(pair)) return [];
  const { key, modRevision, ...rest } = pairOf(pair);
  return event['type'] === 'DELETE'
    ? [{ kind: 'delete', key, modRevision }]
    : [{ kind: 'put', pair: { key, modRevision, ...rest } }];
}

function compareWire(compare: Compare): Json {
  const key = toBase64(compare.key);
  switch (compare.kind) {
    case 'absent':
      return { target: 'CREATE', result: 'EQUAL', key, create_revision: '0' };
    case 'modified-at':
      return { target: 'MOD', result: 'EQUAL', key, mod_revision: String(compare.revision) };
    case 'under-lease':
      return { target: 'LEASE', result: 'EQUAL', key, lease: compare.lease };
    case 'unchanged-since':
      return {
        target: 'MOD',
        result: 'LESS',
        key,
        ...(compare.end === undefined ? {} : { range_end: toBase64(compare.end) }),
        mod_revision: String(compare.revision + 1),
      };
  }
}

function changeWire(change: Change): Json {
  const key = toBase64(change.key);
  switch (change.kind) {
    case 'put':
      return {
        request_put: {
          key,
          value: toBase64(change.value),
          ...(change.lease === undefined ? {} : { lease: change.lease }),
        },
      };
    case 'delete':
      return { request_delete_range: { key } };
  }
}

/** A throw-away etcd that answers. */
import { setTimeout as delay } from 'node:timers/promises';
import { LockError } from '../../core/errors.ts';
import { EtcdProcess } from './etcdProcess.ts';
import { freePort, requireFreePort } from './ports.ts';

export interface DevServer {
  readonly etcd: EtcdProcess;
  /** What people need of it. */
  readonly answering: Answering;
}

export interface Answering {
  readonly endpoint: string;
  readonly etcdVersion: string;
  /** Of etcd itself. */
  readonly pid: number;
  readonly dataFolder: string;
}

const lookMs = 50;
const answerBoundMs = 30_000;
const oneAnswerMs = 1_000;
/** So often may somebody else be quicker to take a port that was free. */
const tries = 5;

/**
 * Resolves when it answers.
 * @throws LockError `usage` where the port cannot be had, `etcd-ended`, `no-answer`, `cancelled`
 */
export async function startDevServer(
  program: string,
  port: number | undefined,
  signal: AbortSignal,
): Promise<DevServer> {
  for (let attempt = 1; ; attempt++) {
    const client = port === undefined ? await freePort() : await requireFreePort(port);
    const etcd = new EtcdProcess(program, { client, peer: await freePort() });
    try {
      return { etcd, answering: await untilItAnswers(etcd, signal) };
    } catch (error) {
      const somebodyWasQuicker = etcd.log.includes('address already in use');
      await etcd.remove();
      if (!somebodyWasQuicker || attempt === tries) throw error;
    }
  }
}

/** @throws LockError `etcd-ended` where it ends before */
export async function untilAborted(etcd: EtcdProcess, signal: AbortSignal): Promise<void> {
  await Promise.race([aborted(signal), etcd.ended]);
  if (!signal.aborted) throw endedByItself(etcd);
}

async function untilItAnswers(etcd: EtcdProcess, signal: AbortSignal): Promise<Answering> {
  const { endpoint, folder: dataFolder } = etcd;
  const until = performance.now() + answerBoundMs;
  for (;;) {
    const etcdVersion = await versionAt(endpoint);
    if (etcd.end !== undefined) throw endedByItself(etcd);
    if (signal.aborted) throw new LockError('cancelled', 'The start of etcd was cancelled.', 'Nothing of it is left.');
    const { pid } = etcd;
    if (etcdVersion !== undefined && pid !== undefined) return { endpoint, etcdVersion, pid, dataFolder };
    if (performance.now() > until) throw silent(etcd);
    await Promise.race([delay(lookMs), etcd.ended]);
  }
}

function endedByItself({ end, lastWords }: EtcdProcess): LockError {
  return new LockError(
    'etcd-ended',
    `etcd has ended by itself (${end ?? 'nobody knows how'}). ${lastWords}`,
    'Its data is deleted; wlock etcd dev starts a new one.',
  );
}

function silent({ endpoint, lastWords }: EtcdProcess): LockError {
  return new LockError(
    'no-answer',
    `etcd did not answer at ${endpoint} within ${answerBoundMs / 1_000} s. ${lastWords}`,
    'It is ended, and its data deleted. Is this machine very busy, or its disk full?',
  );
}

/** Once it can write, and not only listens; undefined before. */
async function versionAt(endpoint: string): Promise<string | undefined> {
  try {
    const { health } = await answerOf(`${endpoint}/health`);
    if (health !== 'true') return undefined;
    const { etcdserver } = await answerOf(`${endpoint}/version`);
    return etcdserver;
  } catch {
    return undefined; // it does not listen yet, or does not answer in time
  }
}

async function answerOf(url: string): Promise<{ readonly health?: string; readonly etcdserver?: string }> {
  const response = await fetch(url, { signal: AbortSignal.timeout(oneAnswerMs) });
  return (await response.json()) as { health?: string; etcdserver?: string };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

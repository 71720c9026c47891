/** Ports of 127.0.0.1. Whoever takes a free one may find that somebody was quicker. */
import { createServer } from 'node:net';
import { LockError, messageOf, systemErrorCode } from '../../core/errors.ts';

const loopback = '127.0.0.1';

export function freePort(): Promise<number> {
  return listenOnce(0);
}

/** @throws LockError `usage` where that port cannot be had */
export async function requireFreePort(port: number): Promise<number> {
  try {
    return await listenOnce(port);
  } catch (cause) {
    const code = systemErrorCode(cause);
    const why =
      code === 'EADDRINUSE'
        ? 'somebody listens there already'
        : code === 'EACCES'
          ? 'only root may listen there'
          : messageOf(cause);
    throw new LockError(
      'usage',
      `etcd cannot listen on port ${port} of ${loopback}: ${why}.`,
      'Choose another port, or leave --port out.',
      { cause },
    );
  }
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: loopback }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}

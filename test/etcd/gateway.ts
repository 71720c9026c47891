/** etcd's JSON gateway as the harness asks it: one request, one connection, one bounded wait. */
import * as fs from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import type { Certificates } from './certificates.ts';

export interface GatewayRequest {
  readonly certificates?: Certificates | undefined;
  /** Posted; without it, GET. */
  readonly body?: object;
  readonly boundMs?: number;
}

/** @throws where nobody answers in time, or not with 200 */
export function ask(url: string, { certificates, body, boundMs = 2_000 }: GatewayRequest = {}): Promise<unknown> {
  const options = { method: body ? 'POST' : 'GET', agent: false, signal: AbortSignal.timeout(boundMs) } as const;
  return new Promise((resolve, reject) => {
    const request = certificates
      ? https.request(url, { ...options, ...trust(certificates) })
      : http.request(url, options);
    request.once('error', reject);
    request.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`${url} answered ${response.statusCode ?? 0}: ${text}`));
      });
    });
    request.end(body && JSON.stringify(body));
  });
}

function trust({ ca, clientCertificate, clientKey }: Certificates): https.RequestOptions {
  return { ca: fs.readFileSync(ca), cert: fs.readFileSync(clientCertificate), key: fs.readFileSync(clientKey) };
}

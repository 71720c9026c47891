/** A certificate authority of a test's own, made with openssl: one certificate for the servers, one for clients. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { onPath } from '../setup/onPath.mjs';

/** Files in PEM. */
export interface Certificates {
  readonly ca: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];

export function makeCertificates(folder: string): Certificates {
  if (onPath('openssl') === undefined) {
    throw new Error('The tests of encrypted connections need openssl on PATH: install the package openssl.');
  }
  fs.mkdirSync(folder, { recursive: true });
  const file = (name: string): string => path.join(folder, name);
  openssl(['req', '-x509', ...key, '-subj', '/CN=test CA', '-keyout', file('ca.key'), '-out', file('ca.pem')]);
  // A server that serves the JSON gateway is a client of itself, with this certificate.
  signed('server', 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n');
  signed('client', 'extendedKeyUsage=clientAuth\n');
  return {
    ca: file('ca.pem'),
    serverCertificate: file('server.pem'),
    serverKey: file('server.key'),
    clientCertificate: file('client.pem'),
    clientKey: file('client.key'),
  };

  function signed(name: string, extensions: string): void {
    fs.writeFileSync(file(`${name}.ext`), extensions);
    openssl(['req', ...key, '-subj', `/CN=${name}`, '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`)]);
    const authority = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '1'];
    const out = ['-extfile', file(`${name}.ext`), '-out', file(`${name}.pem`)];
    openssl(['x509', '-req', '-in', file(`${name}.csr`), ...authority, ...out]);
  }
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

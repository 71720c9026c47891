/** JSON over HTTP to one of several servers: answers that are bounded in size and time, and streams of lines. */
import * as http from 'node:http';
import * as https from 'node:https';
import { StringDecoder } from 'node:string_decoder';

/** PEM texts. */
export interface Tls {
  /** Who vouches for the servers; without it the system's authorities. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface Answer {
  readonly status: number;
  readonly value: unknown;
}

/** The server was not reached, did not answer in time, or said something that is no JSON. */
export class HttpTrouble extends Error {
  override readonly name = 'HttpTrouble';
}

interface Call {
  /** `https://host:port`. */
  readonly endpoint: string;
  readonly path: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds until the whole answer, or a stream's beginning, has to be there. */
  readonly timeoutMs: number;
}

export interface Stream {
  readonly onLine: (value: unknown) => void;
  /** Once, whoever ended it; not after `dispose`. */
  readonly onEnd: (trouble: HttpTrouble) => void;
}

const maxAnswerBytes = 64 * 1024 * 1024;

/** So long a silent connection of a stream lasts before the kernel asks whether the other side is still there. */
const keepAliveProbeMs = 5_000;

export class JsonHttp {
  readonly #plain = new http.Agent({ keepAlive: true });
  readonly #secure: https.Agent;

  constructor(tls: Tls = {}) {
    this.#secure = new https.Agent({ keepAlive: true, ...tls });
  }

  /** @throws HttpTrouble */
  async post(call: Call): Promise<Answer> {
    assertUrl(call.endpoint);
    return await new Promise((resolve, reject) => {
      const fail = (trouble: HttpTrouble): void => {
        clearTimeout(timer);
        request.destroy();
        reject(trouble);
      };
      const request = this.#open(call, (response) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        response.on('data', (part: Buffer) => {
          parts.push(part);
          bytes += part.length;
          if (bytes > maxAnswerBytes) fail(new HttpTrouble(`its answer is larger than ${maxAnswerBytes} bytes`));
        });
        response.on('error', (error) => fail(new HttpTrouble(error.message)));
        response.on('end', () => {
          clearTimeout(timer);
          const value = parsed(Buffer.concat(parts).toString());
          if (value === undefined) reject(new HttpTrouble('its answer is no JSON'));
          else resolve({ status: response.statusCode ?? 0, value: value.json });
        });
      });
      const timer = setTimeout(() => fail(new HttpTrouble(`no answer within ${call.timeoutMs} ms`)), call.timeoutMs);
      request.on('error', (error) => fail(new HttpTrouble(error.message)));
      request.end(JSON.stringify(call.body));
    });
  }

  /** Calls back for each line until `dispose`. */
  stream(call: Call, { onLine, onEnd }: Stream): { dispose(): void } {
    let isOver = false;
    const end = (trouble: HttpTrouble): void => {
      if (isOver) return;
      stop();
      onEnd(trouble);
    };
    const stop = (): void => {
      isOver = true;
      clearTimeout(timer);
      request.destroy();
    };
    const request = this.#open(call, (response) => {
      clearTimeout(timer);
      const decoder = new StringDecoder('utf8');
      let rest = '';
      response.on('data', (part: Buffer) => {
        const lines = (rest + decoder.write(part)).split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > maxAnswerBytes) end(new HttpTrouble('a line of it is too long'));
        for (const line of lines) {
          const value = line.trim() === '' || isOver ? undefined : parsed(line);
          if (value !== undefined) onLine(value.json);
        }
      });
      response.on('error', (error) => end(new HttpTrouble(error.message)));
      response.on('close', () => end(new HttpTrouble('it closed the connection')));
    });
    const timer = setTimeout(() => end(new HttpTrouble(`no answer within ${call.timeoutMs} ms`)), call.timeoutMs);
    request.on('socket', (socket) => {
      socket.setKeepAlive(true, keepAliveProbeMs);
      socket.unref(); // who only looks on does not keep a program running
    });
    request.on('error', (error) => end(new HttpTrouble(error.message)));
    request.end(JSON.stringify(call.body));
    return { dispose: stop };
  }

  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }

  #open({ endpoint, path, headers }: Call, onResponse: (response: http.IncomingMessage) => void): http.ClientRequest {
    const url = new URL(path, endpoint);
    const options = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
    return url.protocol === 'https:'
      ? https.request(url, { ...options, agent: this.#secure }, onResponse)
      : http.request(url, { ...options, agent: this.#plain }, onResponse);
  }
}

/** What looks like a URL need not be one: a port above 65535, a host of too many numbers. */
function assertUrl(endpoint: string): void {
  if (!URL.canParse(endpoint)) throw new HttpTrouble('it is no URL');
}

/** In an object, as JSON may itself be nothing. */
function parsed(text: string): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/**
 * The door of a keeper that serves a whole session: a socket that only its user reaches, where later processes of that session
 * ask it for more locks. One keeper for all of them, as each is a process. Where no door can be opened, or nobody answers at
 * it, whoever asks starts a keeper of his own: nothing depends on it but memory.
 */
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { sha256 } from '../../os/sha256.ts';
import type { AcquireCall, Answer, BoundProcess } from './messages.ts';

/** A keeper that is stopped accepts, and says nothing. */
const answerMs = 3_000;
const mostBytes = 4 * 1024 * 1024;
/** Of a socket's address, on macOS; Linux takes four more. */
const longestPathBytes = 103;

/** Where the keeper of a session in a workspace, for a process, is asked; its path is short, as the kernel wants it. */
export function doorOf(root: string, session: string, { pid, startTime = '' }: BoundProcess): string {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const base = runtime === undefined || runtime === '' ? os.tmpdir() : runtime;
  return path.join(
    base,
    `wlock-${process.getuid?.() ?? 0}`,
    `${sha256([root, session, pid, startTime].join('\0')).slice(0, 24)}.sock`,
  );
}

/** Undefined where nobody answers there. */
export async function askAtDoor(door: string, call: AcquireCall): Promise<Answer | undefined> {
  if (!isOursAlone(door)) return undefined;
  return await new Promise((resolve) => {
    const socket = net.connect(door);
    const timer = setTimeout(() => socket.destroy(), answerMs);
    readLine(socket, (answer) => resolve(answer as Answer));
    socket.on('error', () => undefined); // `close` follows
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(undefined);
    });
    socket.write(`${JSON.stringify(call)}\n`);
  });
}

/** Opens it; resolves to what closes it, or to undefined where another keeper of the session has it, or none can be made. */
export async function openDoor(
  door: string,
  answer: (call: AcquireCall) => Promise<Answer>,
): Promise<(() => void) | undefined> {
  try {
    fs.mkdirSync(path.dirname(door), { mode: 0o700, recursive: true });
  } catch {
    return undefined; // a full disk, or no folder for temporary files
  }
  if (!isOursAlone(door)) return undefined;
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined); // who asked has gone; what he was granted is the session's all the same
    readLine(socket, (call) => {
      void answer({ ...(call as AcquireCall), kind: 'acquire' }).then((said) =>
        socket.end(`${JSON.stringify(said)}\n`),
      );
    });
  });
  const isOpen = (await listen(server, door)) || ((await isLeftOver(door)) && (await listen(server, door)));
  return isOpen ? () => fs.rmSync(door, { force: true }) : undefined;
}

/** In a folder that others share, one of this name may be somebody else's; and too long a path would be cut, to another's. */
function isOursAlone(door: string): boolean {
  if (Buffer.byteLength(door) > longestPathBytes) return false;
  try {
    const stats = fs.lstatSync(path.dirname(door));
    return stats.isDirectory() && stats.uid === process.getuid?.() && (stats.mode & 0o077) === 0;
  } catch {
    return false; // not there, or nothing that could be looked at
  }
}

function listen(server: net.Server, door: string): Promise<boolean> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(door, () => resolve(true));
  });
}

/** Whether the keeper behind it was killed; its socket goes then. */
function isLeftOver(door: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(door);
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => {
      fs.rmSync(door, { force: true });
      resolve(true);
    });
  });
}

/** The value on the first line that comes. What is none, or too long, is not of our making. */
function readLine(socket: net.Socket, onValue: (value: unknown) => void): void {
  let text = '';
  socket.setEncoding('utf8').on('data', (more: string) => {
    text += more;
    const end = text.indexOf('\n');
    if (end < 0 && text.length <= mostBytes) return;
    socket.removeAllListeners('data');
    try {
      onValue(JSON.parse(text.slice(0, end)));
    } catch {
      socket.destroy();
    }
  });
}

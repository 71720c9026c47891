/** The small program `wlock` that runs the extension's own command line with VS Code's own Node.js. */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';

export interface Shim {
  readonly name: string;
  readonly content: string;
}

/** @param executable of the extension host: Node.js, or on a desktop Electron, which can be told to be Node.js */
export function shimFor(platform: NodeJS.Platform, executable: string, commandLine: string): Shim {
  const remark = 'Written by the VS Code extension Workspace Locks, anew whenever that changes. Safe to delete.';
  if (platform === 'win32') {
    const quoted = [executable, commandLine].map((word) => `"${word.replaceAll('%', '%%')}"`).join(' ');
    const lines = ['@echo off', `rem ${remark}`, 'setlocal', 'set ELECTRON_RUN_AS_NODE=1', `${quoted} %*`, ''];
    return { name: 'wlock.cmd', content: lines.join('\r\n') };
  }
  const quoted = [executable, commandLine].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  return { name: 'wlock', content: `#!/bin/sh\n# ${remark}\nELECTRON_RUN_AS_NODE=1 exec ${quoted} "$@"\n` };
}

/** A terminal may be running it now, and another window may be writing the same: what is there is whole, always. */
export async function writeShim(folder: string, { name, content }: Shim): Promise<void> {
  const file = path.join(folder, name);
  if (await isThere(file, content)) return;
  await fs.mkdir(folder, { recursive: true });
  const unfinished = path.join(folder, `.${name}-${randomUUID()}`);
  try {
    await fs.writeFile(unfinished, content, { mode: 0o755, flag: 'wx' });
    await fs.chmod(unfinished, 0o755); // whatever the umask
    await fs.rename(unfinished, file);
  } finally {
    await fs.rm(unfinished, { force: true });
  }
}

async function isThere(file: string, content: string): Promise<boolean> {
  try {
    const [text, { mode }] = await Promise.all([fs.readFile(file, 'utf8'), fs.stat(file)]);
    return text === content && (process.platform === 'win32' || (mode & 0o111) === 0o111);
  } catch {
    return false; // then it is written, and what stands in the way is told
  }
}

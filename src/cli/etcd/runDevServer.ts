/** Start here: `wlock etcd dev`, a throw-away etcd that lives as long as this command. */
import * as path from 'node:path';
import { escapeForDisplay } from '../../core/display.ts';
import type { Alone } from '../commandHost.ts';
import { exitCode, printJson, type ExitCode } from '../context.ts';
import { Interruption } from '../interruption.ts';
import { startDevServer, untilAborted, type Answering } from './devServer.ts';
import { etcdProgram } from './etcdProgram.ts';

/** Runs until a signal ends it. @throws LockError `etcd-ended` where etcd ends before */
export async function runDevServer({ json, streams, cwd }: Alone, port: number | undefined): Promise<ExitCode> {
  using interruption = new Interruption();
  const { etcd, answering } = await startDevServer(etcdProgram(), port, interruption.signal);
  try {
    const configuration = { etcd: { endpoints: [answering.endpoint], namespace: namespaceFor(cwd) } };
    if (json) printJson(streams, { ok: true, ...answering, configuration });
    else streams.out(announcement(answering, configuration));
    await untilAborted(etcd, interruption.signal);
  } finally {
    await etcd.remove();
  }
  if (!json) streams.err('etcd has ended, and its data is deleted.\n');
  return exitCode.done;
}

function announcement({ endpoint, etcdVersion, pid, dataFolder }: Answering, configuration: object): string {
  return `etcd ${escapeForDisplay(etcdVersion, 40)} answers at ${endpoint} (process ${pid}).

In .wlock.json of each workspace that shares its locks:
  ${JSON.stringify(configuration)}

It is for trying: whoever is on this machine can use it, nobody else reaches it, and its data ends with it
(${escapeForDisplay(dataFolder, 500)}).
To end it: Ctrl-C, or kill ${process.pid}
`;
}

/** The folder's name, of what a namespace may have. */
function namespaceFor(folder: string): string {
  const name = path
    .basename(folder)
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '');
  return name.slice(0, 100) || 'workspace';
}

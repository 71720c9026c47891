import type { Conflict } from '../protocols/protocol.ts';
import { exitCode, printJson, type Context, type ExitCode } from './context.ts';
import { conflictJson } from '../manager/lockJson.ts';
import { conflictText } from './lockText.ts';

/** Says why a lock was not granted; the exit code tells a refusal from a wait that took too long. */
export function reportRefusal({ manager, streams, json }: Context, conflict: Conflict): ExitCode {
  if (json) printJson(streams, { ok: false, conflict: conflictJson(conflict) });
  else {
    if (conflict.timedOut) streams.err(`${streams.paintErr('bad', 'Gave up waiting.')} `);
    streams.err(conflictText(conflict, manager.root.path, manager.os.now()));
  }
  return conflict.timedOut ? exitCode.timedOut : exitCode.conflict;
}

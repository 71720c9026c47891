/**
 * Each guard of the protocol taken away, and each mistake that lock managers have made before: patches to the shipped files.
 * The explorer has to catch every one. A `from` stands in its file exactly once.
 */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface Mutant {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Where it shows. */
  readonly scenario: string;
  /** In the words of the violation: what it has to be caught for. */
  readonly breaks: string;
}

function mutant(
  name: string,
  scenario: string,
  breaks: string,
  ...edits: readonly (readonly [file: string, from: string, to: string])[]
): Mutant {
  return {
    name,
    scenario,
    breaks,
    edits: edits.map(([file, from, to]) => ({ file: `src/protocols/loops/${file}`, from, to })),
  };
}

const toleratesClosed = [
  'gate.ts',
  "function* leaveGate(gate: Gate): Steps<void> {\n  yield* sys('close', gate.fd);",
  "function* leaveGate(gate: Gate): Steps<void> {\n  try { yield* sys('close', gate.fd); } catch { return; }",
] as const;

export const mutants: readonly Mutant[] = [
  mutant('checks and creates without the gate', 'acquire', 'two holders', [
    'gate.ts',
    "sys('openLocked', layout.gate, 'create', 'exclusive')",
    "sys('openLocked', layout.gate, 'create', 'shared')",
  ]),
  mutant('passes another gate than little-loops', 'loop', 'two holders', [
    'layout.ts',
    "const gateName = '.acquire.lock';",
    "const gateName = '.wlock.gate';",
  ]),
  mutant(
    'leaves the gate before it publishes',
    'acquire',
    'two holders',
    [
      'grant.ts',
      'const file = yield* publish(layout, {',
      "yield* sys('close', gate.fd);\n    const file = yield* publish(layout, {",
    ],
    toleratesClosed,
  ),
  mutant('deletes the gate when it leaves', 'loop-delete', 'two holders', [
    'gate.ts',
    '    yield* leaveGate(gate);\n  }\n}',
    "    yield* sys('unlink', layout.gate);\n    yield* leaveGate(gate);\n  }\n}",
  ]),
  mutant('does not look after locking whether the gate is the gate', 'gate-removed', 'nightly#12', [
    'gate.ts',
    'if (yield* isCurrent(layout, gate)) return gate;',
    'return gate;',
  ]),
  mutant('does not look after publishing whether the gate is the gate', 'vandal', 'token', [
    'grant.ts',
    'if (!(yield* isCurrent(layout, gate))) {',
    "if ((yield* sys('monotonic')) < 0) {",
  ]),
  mutant('deletes a stale file without reading it again inside the gate', 'reap-loop', 'removed the record of', [
    'remove.ts',
    "const alive = judged.find((now) => now.verdict !== 'stale');",
    'const alive = judged.find(() => judged.length === 0);',
  ]),
  mutant('forces what is no longer the lock that was looked at', 'force-loop', 'removed the record of', [
    'remove.ts',
    "if (!same) return { kind: 'changed', lock: now };",
    "if (!same && !now) return { kind: 'changed', lock: now };",
  ]),
  mutant('takes over by renaming over the old record', 'shared', 'without a record', [
    'publish.ts',
    "recordName(yield* sys('uuid'))",
    "recordName(`00000000-0000-4000-8000-${(yield* sys('uuid')) === '' ? 1 : '000000000000'}`)",
  ]),
  mutant('releases by a path that it does not own', 'shared', 'granted without a record', [
    'remove.ts',
    "  if (!(yield* sys('unlink', held.file))) return;",
    "  for (const { path } of (yield* scanStore(observer.layout.running)).found) yield* sys('unlink', path);",
  ]),
  mutant(
    'takes a record that vanished between two reads for one that cannot be read',
    'renew',
    'could not be read',
    ['../readLockFile.ts', "    case 'ENOENT':\n      return undefined;", ''],
    [
      '../readLockFile.ts',
      '\n      if (!info) return undefined;',
      "if (!info) return { info: {} as FileInfo, content: { kind: 'unreadable', problem: '' } };",
    ],
  ),
  mutant('crashes on a record that vanishes between two reads', 'reap', 'failed: ENOENT', [
    '../readLockFile.ts',
    "    case 'ENOENT':\n      return undefined;",
    "    case 'ENOENT':\n      throw error;",
  ]),
  mutant('publishes in place, half at a time', 'acquire', 'there is left', [
    'publish.ts',
    "    yield* writeFile(temporary, text);\n    yield* sys('rename', temporary, file);",
    '    yield* writeFile(file, text);',
  ]),
  mutant('gives its temporary files the name of a lock', 'shared', 'removed the record of', [
    'layout.ts',
    "const temporarySuffix = '.tmp';",
    "const temporarySuffix = '.lock';",
  ]),
  mutant('leaves temporary files of the dead', 'acquire', 'there is left', [
    'attempt.ts',
    'for (const file of known.temporary) yield* clearTemporary(file);',
    '',
  ]),
  mutant('leaves stale records where it takes their place', 'stale', 'there is left', [
    'attempt.ts',
    'for (const lock of view.stale) yield* clearStale(lock, known, observer);',
    '',
  ]),
  mutant('renews by creating again what is gone', 'force', 'was renewed beside', [
    'renew.ts',
    "const record = found?.content.kind === 'record' ? found.content.record : undefined;",
    "const { id, revision, mode, scope, session } = held;\n  const record = found?.content.kind === 'record' ? found.content.record : ({ name: held.holderName, paths: scope.map((each) => (each as { path: string }).path), pid: 1, startedAt: 1, extra: { version: 1, id, revision, mode, scope, session, token: Number(held.token.split(':')[1]), tool: 'x' } } as unknown as LockRecord);",
  ]),
  mutant('renews outside the gate', 'force', 'was renewed', [
    'renew.ts',
    '    return (gate) => republishInside(gate, held, change, observer, hold);',
    "    const info = yield* sys('lstat', layout.gate);\n    const done = yield* republishInside({ fd: 0, info } as unknown as Gate, held, change, observer, hold);\n    return function* () { return done as Renewed; };",
  ]),
  mutant('keeps its old record when it has renewed', 'renew', 'was released, and has a record', [
    'renew.ts',
    'deleteSuperseded([...(held.superseded ?? []), held.file])',
    'deleteSuperseded([])',
  ]),
  mutant('probes by taking the lock', 'reap', 'refused by', [
    'probeHold.ts',
    "sys('openLocked', file, 'read', 'shared')",
    "sys('openLocked', file, 'read', 'exclusive')",
  ]),
  mutant('takes its hold so that a probe can have it too', 'acquire', 'removed the record of', [
    'hold.ts',
    "'create-exclusive', 'exclusive')",
    "'create-exclusive', 'shared')",
  ]),
  mutant('does not look whether its hold is still there when it publishes', 'vandal-containers', 'refused by', [
    'attempt.ts',
    "if (!(yield* isInPlace(layout, hold))) return 'start-over';",
    '',
  ]),
  mutant('sweeps holds that are held', 'containers', 'refused by', [
    'sweep.ts',
    "if (fd !== undefined) yield* sys('unlink', file);",
    "yield* sys('unlink', file);",
  ]),
  mutant('sweeps holds that records name', 'sweep-containers', 'refused by', [
    'sweep.ts',
    '!named.has(name)',
    "name !== ''",
  ]),
  mutant('gives one token twice', 'acquire', 'token', [
    'fence.ts',
    'formatFence({ next: token + 1,',
    'formatFence({ next: token,',
  ]),
  mutant('counts tokens from one where the counter is gone', 'vandal', 'token', [
    'fence.ts',
    "let token = (yield* sys('now')) * 1_000;",
    'let token = 1;',
  ]),
  mutant('overtakes those who wait', 'wait-try', 'overtook the waiter', [
    'look.ts',
    'if (ahead.length === 0) return alone;',
    'if (ahead.length >= 0) return alone;',
  ]),
  mutant('gives every waiter the same place', 'three-wait', 'is not the last in the queue', [
    'queueChanges.ts',
    'const number = yield* nextNumber(tickets);',
    'const number = Math.min(1, yield* nextNumber(tickets));',
  ]),
  mutant('records a process that little-loops takes for dead', 'loop', 'removed the record of', [
    'grant.ts',
    'pid: identity.pid,\n      startedAt',
    'pid: 1,\n      startedAt',
  ]),
  mutant('says that it renewed what is gone', 'force', 'was renewed without a record', [
    'renew.ts',
    "return { kind: 'lost', cause: (yield* lossOf(layout, held)) ?? { kind: 'unexplained' } };",
    "return { kind: 'renewed', held };",
  ]),
  mutant('fails where a hold vanishes while it is probed', 'reap', 'failed: ENOENT', [
    'probeHold.ts',
    "return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'unreadable';",
    'throw error;',
  ]),
  mutant(
    'looks before it listens, and sleeps through the change',
    'wait',
    'a waiter sleeps',
    ['acquire.ts', 'const ring = bell.next(); // before the look, so that nothing changes unseen', ''],
    ['acquire.ts', 'yield* sleepWhileBlocked(view,', 'const ring = bell.next();\n    yield* sleepWhileBlocked(view,'],
  ),
  mutant('does not notice a death between the look and the sleep', 'wait', 'a waiter sleeps', [
    'acquire.ts',
    'if (dead !== undefined) {',
    'if (dead !== undefined && ring.aborted) {',
  ]),
  mutant('reaps without the gate', 'reap-loop', 'nightly#12', [
    'remove.ts',
    'Steps<Reaped | StillLive | Gone> {\n',
    'Steps<Reaped | StillLive | Gone> {\n  const insideGate = (_layout: unknown, _patience: unknown, body: () => Steps<Reaped | StillLive | Gone>) => body();\n',
  ]),
  mutant('forces without the gate', 'force-loop', 'nightly#12', [
    'remove.ts',
    'Steps<Released | Changed | Gone> {\n',
    'Steps<Released | Changed | Gone> {\n  const insideGate = (_layout: unknown, _patience: unknown, body: () => Steps<Released | Changed | Gone>) => body();\n',
  ]),
  mutant('forces, and says so afterwards', 'force', 'not told by whom', [
    'remove.ts',
    '  yield* writeJournalInGate(layout, yield* removalOf(event, lock, observer));\n  try {',
    "  for (const { path } of records) yield* sys('unlink', path);\n  yield* writeJournalInGate(layout, yield* removalOf(event, lock, observer));\n  try {",
  ]),
  mutant('does not look after renewing whether the gate is the gate', 'vandal-renew', 'was renewed beside', [
    'renew.ts',
    'if (!(yield* isCurrent(layout, gate))) {',
    "if ((yield* sys('monotonic')) < 0) {",
  ]),
  mutant('fails where the store is deleted while it renews', 'vandal-renew', 'failed: ENOENT', [
    'renew.ts',
    "if (systemErrorCode(error) === 'ENOENT') return 'start-over';",
    '',
  ]),
  mutant('fails where the store is deleted while it publishes', 'vandal-renew', 'failed: ENOENT', [
    'grant.ts',
    "if (systemErrorCode(error) !== 'ENOENT') throw error;",
    'if (systemErrorCode(error) !== undefined) throw error;',
  ]),
  mutant('fails where the store is deleted while it takes its hold', 'vandal-renew', 'cannot be changed', [
    'holdSlot.ts',
    "systemErrorCode(error) === 'ENOENT' && attempt",
    "systemErrorCode(error) === '' && attempt",
  ]),
  mutant('fails where the store is deleted while it makes it', 'vandal-renew', 'cannot be changed', [
    'gate.ts',
    "if (systemErrorCode(error) !== 'ENOENT' || attempt === mostMakingAttempts)",
    "if (systemErrorCode(error) !== '')",
  ]),
  mutant('does not look when it has its place whether the gate is the gate', 'vandal-wait', 'not its alone', [
    'attempt.ts',
    'if (!(yield* isCurrent(layout, gate))) {',
    "if ((yield* sys('monotonic')) < 0) {",
  ]),
  mutant('fails where the store is deleted while it takes its place', 'vandal-wait', 'failed: ENOENT', [
    'attempt.ts',
    "if (systemErrorCode(error) !== 'ENOENT') throw error;\n      return 'start-over'; // the directory was deleted under us",
    'throw error;',
  ]),
  mutant('does not look whether its hold is still there when it takes over', 'take-over-sweep', 'refused by', [
    'renew.ts',
    "if (!(yield* isInPlace(layout, hold))) return 'start-over';",
    '',
  ]),
  mutant('takes over what is stale', 'take-over-too-late', 'taken over', [
    'renew.ts',
    'if (isTakeOver && found &&',
    'if (!isTakeOver && found &&',
  ]),
  mutant('takes over beside a record that it cannot take away', 'take-over-foreign', 'was renewed beside', [
    'renew.ts',
    'if (isTakeOver) yield* takeAway(held, file, layout);',
    '',
  ]),
  mutant('takes over, and says so afterwards', 'take-over', 'not told by whom', [
    'renew.ts',
    '  yield* writeJournalInGate(layout, {\n    event: change.session',
    '  if (isTakeOver) yield* takeAway(held, file, layout);\n  yield* writeJournalInGate(layout, {\n    event: change.session',
  ]),
  mutant('says that it took over what is gone', 'take-over', 'taken over without a record', [
    'renew.ts',
    "return { kind: 'lost', cause: (yield* lossOf(layout, held)) ?? { kind: 'unexplained' } };",
    "return { kind: 'renewed', held };",
  ]),
  mutant('fails where the dead cannot be cleared', 'take-over-too-late', 'may not be deleted', [
    'attempt.ts',
    'if (isForbidden(error) && (yield* isDeadForGood(lock, observer))) return;',
    '',
  ]),
  mutant('takes a pid of another namespace for one of its own', 'holds-removed', 'removed the record of', [
    'observe.ts',
    "{ otherNamespace: 'pid' }",
    '{}',
  ]),
  mutant('takes a hold that was removed for one that was released', 'holds-removed', 'removed the record of', [
    'probeHold.ts',
    "if (info?.kind !== 'file') return 'missing';",
    "if (info?.kind !== 'file') return 'released';",
  ]),
  mutant('judges a waiter of another container by its pid', 'wait-containers', 'has to wait', [
    'queue.ts',
    "return isElsewhere ? yield* gatherFacts(record, observer, 'with-hold') : facts;",
    'return isElsewhere ? facts : facts;',
  ]),
  mutant('begins below the tokens of the records where the counter is gone', 'fence-lost', 'token', [
    'fence.ts',
    'for (const seen of recorded) if (seen < largestToken)',
    'for (const seen of recorded) if (seen < 0)',
  ]),
  mutant('passes nobody over', 'wait-stopped', 'a waiter sleeps', [
    'idleWatch.ts',
    'const idleAfterMs = 1_000;',
    'const idleAfterMs = 1_000_000_000;',
  ]),
  mutant('passes waiters over at once', 'wait-stopped', 'at once', [
    'idleWatch.ts',
    '.filter(([, since]) => now - since >= idleAfterMs)',
    '.filter(([, since]) => now >= since)',
  ]),
  mutant('passes over a waiter that a lock stops', 'wait-behind', 'stops', [
    'look.ts',
    'if (blocks(lock) && !isExempt(waiter, lock)) return true;',
    'if (blocks(lock) && isExempt(waiter, lock)) return true;',
  ]),
  mutant('passes over without a mark', 'wait-stopped', 'overtook', [
    'queueChanges.ts',
    "    yield* sys('close', yield* sys('open', path.join(layout.queue, ticketName(number, id, 'idle')), 'create'));\n",
    "    if (number < 0) yield* sys('unlink', path.join(layout.queue, ticketName(number, id, 'idle')));\n",
  ]),
  mutant('passes over, and does not go on by itself', 'wait-stopped', 'goes on for ever', [
    'look.ts',
    'if (ticket.idleMark !== undefined || passed.has(ticket.id)) continue;',
    'if (ticket.idleMark !== undefined && ticket.number < 0) continue;',
  ]),
  mutant('leaves it that it is marked idle when it runs again', 'wait-stopped', 'runs again', [
    'queueChanges.ts',
    'if (ticket.idleMark === undefined) return;\n  try {',
    'if (ticket.number > 0) return;\n  try {',
  ]),
  mutant('waits for the dead', 'wait', 'has to wait', [
    'look.ts',
    "    if (!waiter || waiter.verdict === 'stale') deadTickets.push(ticket);\n    else return waiter;",
    '    if (waiter) return waiter;',
  ]),
  mutant('takes who has the number of a dead waiter for that one', 'wait-reused', 'has to wait', [
    '../../core/verdict.ts',
    'const same = facts.recordedStartTime === process.startTime;',
    "const same = facts.recordedStartTime !== '';",
  ]),
  mutant('waits behind one that waits for what it holds itself', 'wait-holding', 'a waiter gave up', [
    'look.ts',
    'return lineage.includes(pid) ||',
    'return (lineage.includes(pid) && pid < 0) ||',
  ]),
  mutant('takes a new place at each attempt', 'loop-wait', 'still stands in the queue', [
    'attempt.ts',
    'if (pending.waits && !pending.ticket) {',
    'if (pending.waits) {',
  ]),
  mutant('keeps its ticket when it has its lock', 'wait', 'still stands in the queue', [
    'acquire.ts',
    'if (pending.ticket) yield* removeTicket(pending.ticket);',
    '',
  ]),
  mutant('leaves what the dead have half-written in the queue', 'wait', 'there is left', [
    'attempt.ts',
    'yield* sweepQueue(observer);',
    '',
  ]),
  mutant('sleeps on when it is time to pass somebody over', 'wait-stopped', 'goes on for ever', [
    'acquire.ts',
    'if (idle.overdue(now).size > 0) return undefined;',
    '',
  ]),
  mutant('passes over who waits for another tool', 'tool-wait-behind', 'passed over the waiter', [
    'elsewhere.ts',
    'return !isAny(yield* this.#elsewhere.blockersOf(waiter));',
    'return true;',
  ]),
  mutant(
    'keeps its lock where another tool was faster',
    'tool-wait',
    'a waiter sleeps although nobody holds anything',
    [
      'acquire.ts',
      "if (taking?.kind !== 'taken') yield* isSaid ? releaseOwn(held, observer, slot) : unpublishOwn(held);",
      '',
    ],
  ),
  mutant('is granted its lock, and only then looks at another tool', 'tool-wait', 'removed the record of tool#12', [
    'acquire.ts',
    'taking = yield* pending.abroad.take(held);',
    "yield* pending.abroad.look();\n    taking = { kind: 'taken' };",
  ]),
  mutant('clears requests to those who live', 'ask', 'removed a request', [
    'requests.ts',
    'if (!isHeld(path.basename(name, suffix)))',
    "if (name !== '')",
  ]),
  mutant(
    "clears little-loops' queue as it does its own",
    'loop-queue',
    "in little-loops' queue",
    [
      'theirQueue.ts',
      '    const waiter = yield* readEntry(path.join(theirQueue, name), observer);',
      "    const waiter = yield* readEntry(path.join(theirQueue, name), observer);\n    yield* sys('unlink', path.join(theirQueue, name));",
    ],
    [
      'theirQueue.ts',
      "import type { Steps } from '../../os/os.ts';",
      "import { sys, type Steps } from '../../os/os.ts';",
    ],
  ),
  mutant("fails on an entry of little-loops' queue that is half-written", 'loop-queue', 'JSON', [
    'theirQueue.ts',
    '  } catch {\n    return undefined;',
    '  } catch (error) {\n    throw error;',
  ]),
  mutant("fails on an entry of little-loops' queue that goes while it is read", 'loop-queue', 'failed: ENOENT', [
    'readWhole.ts',
    '    if (systemErrorCode(error) === undefined) throw error;\n',
    '    throw error;\n',
  ]),
  mutant("takes its own queue and little-loops' for one", 'loop-queue-holding', 'told of a deadlock', [
    '../../core/waiting.ts',
    'return later.ticket === earlier.ticket;',
    'return true;',
  ]),
  mutant('fails where a sweeper takes the request that it writes for a leftover', 'ask', 'failed', [
    'requests.ts',
    "if (systemErrorCode(error) === 'ENOENT' && attempt < mostWritings) continue;",
    '',
  ]),
  mutant('takes the folders for unchanged without a look at their times', 'remember-loop', 'two holders', [
    'knownRecords.ts',
    'for (const folder of folders) if (!(yield* isUnchanged(folder))) return false;',
    'for (const folder of folders) if (folders.length < 0) yield* isUnchanged(folder);',
  ]),
  mutant('goes by a time that a later change may have, too', 'remember-loop-coarse', 'two holders', [
    'gateRecords.ts',
    'const isTold = noted.every(({ info }) => info.dev === now.dev && changedAt(info) < now.mtimeMs);',
    'const isTold = noted.every(({ info }) => info.dev === now.dev);',
  ]),
  mutant('remembers what others write anew in place', 'remember-rewritten', 'two holders', [
    'gateRecords.ts',
    'yield* this.#known.readChanged();',
    '',
  ]),
  mutant(
    'notes the folders after a release outside the gate',
    'remember-loop',
    'two holders',
    [
      'remove.ts',
      'const gate = hold && known.isTrusted ? yield* enterFreeGate(observer.layout) : undefined;',
      'const gate = undefined as Gate | undefined;',
    ],
    [
      'remove.ts',
      'const isOnlyChange = gate !== undefined && (yield* known.isAsItWas());',
      'const isOnlyChange = known.isTrusted && (yield* known.isAsItWas());',
    ],
    [
      'remove.ts',
      "import { enterFreeGate, insideGate, leaveGate } from './gate.ts';",
      "import { insideGate, leaveGate, type Gate } from './gate.ts';",
    ],
    [
      'remove.ts',
      'if (hold && gate && isOnlyChange) yield* known.trust(gate, hold.fd);',
      "const info = yield* sys('lstat', observer.layout.gate);\n    if (hold && info && isOnlyChange) yield* known.trust({ fd: hold.fd, info }, hold.fd);",
    ],
  ),
  mutant('notes the folders after a release, whatever had come before', 'remember-loop', 'two holders', [
    'remove.ts',
    'const isOnlyChange = gate !== undefined && (yield* known.isAsItWas());',
    'const isOnlyChange = gate !== undefined;',
  ]),
  mutant('does not count the folders', 'remember-grouped', 'two holders', [
    'gateRecords.ts',
    "if (info?.kind !== 'directory' || info.links !== linksOfItself + folder.folders) return undefined;",
    'if (!info) return undefined;',
  ]),
  mutant('refuses by what it remembers alone', 'remember-gone', 'had been released', [
    'attempt.ts',
    'if (isRemembered && view.blocking.length + view.tickets.length > 0) {',
    'if (isRemembered && view.blocking.length + view.tickets.length > 99) {',
  ]),
  mutant('does not look whether the gate is the gate when it remembers', 'remember-gate-deleted', 'two holders', [
    'gateRecords.ts',
    'return isTold && noted.length > 0 && (yield* isCurrent(this.#layout, gate)) ? now.mtimeMs : undefined;',
    'return isTold && noted.length > 0 && gate.fd > 0 ? now.mtimeMs : undefined;',
  ]),
];

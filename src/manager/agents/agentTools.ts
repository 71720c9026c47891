/**
 * Start here: what agents can do with locks. Six tools, the same over MCP and as language model tools in VS Code; each has a
 * name, a description that a model reads, a schema, and an answer that says what to do next.
 */
import * as z from 'zod';
import type { Lock } from '../../core/lock.ts';
import type { ScopeEntry } from '../../core/scope/entry.ts';
import { describeEntry } from '../../core/scope/describeEntry.ts';
import { formatDuration } from '../../core/sentences.ts';
import { lockJson, waiterJson, conflictJson } from '../lockJson.ts';
import type { LockManager } from '../lockManager.ts';
import type { AgentHands, AgentRequest } from './agentHands.ts';
import { conflictAnswer, failureAnswer, lockLine, type AgentAnswer } from './answer.ts';

interface Outside {
  readonly name: string;
  readonly title: string;
  /** For the model. */
  readonly description: string;
  /** It changes nothing. */
  readonly isReadOnly: boolean;
}

export interface AgentTool extends Outside {
  readonly input: z.ZodObject;
  /** Takes whatever a client has sent, and never throws. */
  readonly run: (input: unknown, desk: Desk, signal: AbortSignal) => Promise<AgentAnswer>;
}

interface Definition<Input extends z.ZodObject> extends Outside {
  readonly input: Input;
  readonly run: (input: z.output<Input>, desk: Desk, signal: AbortSignal) => Promise<AgentAnswer>;
}

/** Where an agent stands: the workspace's locks, and what holds its own. */
export interface Desk {
  readonly manager: LockManager;
  readonly hands: AgentHands;
}

/** Losses are told with the next answer, whatever was asked: a model reads nothing else. */
function tool<Input extends z.ZodObject>(definition: Definition<Input>): AgentTool {
  return {
    ...definition,
    run: async (input, desk, signal) => {
      const losses = desk.hands.takeLosses();
      const answer = await answerOf(definition, input, desk, signal);
      if (losses.length === 0) return answer;
      return { ...answer, text: [...losses, answer.text].join('\n\n'), data: { ...answer.data, lost: losses } };
    },
  };
}

async function answerOf<Input extends z.ZodObject>(
  { input: schema, run }: Definition<Input>,
  input: unknown,
  desk: Desk,
  signal: AbortSignal,
): Promise<AgentAnswer> {
  const read = schema.safeParse(input);
  if (!read.success) return { text: z.prettifyError(read.error), data: { ok: false }, isFailure: true };
  try {
    return await run(read.data, desk, signal);
  } catch (error) {
    return failureAnswer(error);
  }
}

const paths = z
  .array(z.string().min(1))
  .min(1)
  .max(1_000)
  .describe('Files, directories or glob patterns, relative to the workspace root, such as src/api or src/**/*.ts.');

const longestWaitSeconds = 600;
const longestMinutes = 24 * 60;

const terms = {
  paths,
  reason: z.string().max(500).optional().describe('Why, for others to read.'),
  shared: z.boolean().optional().describe('Only to read: other shared locks may overlap. Default false: nobody else.'),
  minutes: z
    .number()
    .positive()
    .max(longestMinutes)
    .optional()
    .describe('Give it back by itself after so many minutes. Without it: when you release it or the session ends.'),
};

type Terms = z.output<z.ZodObject<typeof terms>>;

const listLocks = tool({
  name: 'list_locks',
  title: 'List locks',
  description:
    'Who has locked what in this workspace, since when, and whether that holder is really alive: loops, agents, daemons, people. Also who waits.',
  input: z.object({ paths: paths.optional() }),
  isReadOnly: true,
  run: async (input, { manager }) => {
    const snapshot = await manager.refresh();
    const locks = input.paths ? overlapping(manager, entriesOf(manager, input.paths)) : snapshot.locks;
    const waits = snapshot.waits.filter(({ locks: awaited }) => awaited.some((lock) => locks.includes(lock)));
    const lines = [
      locks.length === 0 ? 'No locks.' : `${locks.length} ${locks.length === 1 ? 'lock' : 'locks'}:`,
      ...locks.map((lock) => lockLine(lock, manager)),
      ...(snapshot.conflicts.length > 0 ? [`${snapshot.conflicts.length} pairs of these conflict.`] : []),
      ...(waits.length > 0 ? [`${waits.length} wait for them.`] : []),
      ...(manager.problem ? [`Not all could be read: ${manager.problem.message}`] : []),
    ];
    return {
      text: lines.join('\n'),
      data: {
        root: manager.root.path,
        locks: locks.map(lockJson),
        waiters: waits.map((wait) => waiterJson(wait.waiter, wait)),
      },
    };
  },
});

const checkPaths = tool({
  name: 'check_paths',
  title: 'Check paths',
  description:
    'Whether somebody else has locked these paths, so that you must not write to them. Call it before you edit. Takes no lock.',
  input: z.object({ paths }),
  isReadOnly: true,
  run: async (input, { manager }) => {
    await manager.refresh();
    if (manager.problem) throw manager.problem; // "free" would be a guess
    const results: { readonly entry: ScopeEntry; readonly locks: readonly Lock[] }[] = [];
    for (const entry of entriesOf(manager, input.paths)) {
      results.push({ entry, locks: (await manager.blockersOf([entry])).filter(({ mine }) => !mine) });
    }
    const locked = results.filter(({ locks }) => locks.length > 0);
    const lines = results.map(({ entry, locks }) => {
      const name = describeEntry(entry, manager.root.path);
      return locks.length === 0
        ? `${name}: free`
        : [`${name}: LOCKED, do not write`, ...locks.map((lock) => lockLine(lock, manager))].join('\n');
    });
    const advice =
      locked.length === 0
        ? 'Nobody else has locked these. Call acquire_lock to keep others out while you write.'
        : 'Work on something else, or call wait_for_lock.';
    return {
      text: [...lines, advice].join('\n'),
      data: {
        locked: locked.length > 0,
        paths: results.map(({ entry, locks }) => ({
          scope: entry,
          locked: locks.length > 0,
          locks: locks.map(lockJson),
        })),
      },
    };
  },
});

const acquireLock = tool({
  name: 'acquire_lock',
  title: 'Acquire a lock',
  description:
    'Keep everybody else (loops, other agents, people) from writing to these paths until you release it: all of the paths, or none. One try; if somebody else has one of them, says who.',
  input: z.object(terms),
  isReadOnly: false,
  run: (input, desk, signal) => acquire(requestOf(input, desk.manager), desk, signal),
});

const waitForLock = tool({
  name: 'wait_for_lock',
  title: 'Wait for a lock',
  description:
    'As acquire_lock, but stands in the queue until the paths are free, for so many seconds at most, and then holds the lock.',
  input: z.object({
    ...terms,
    seconds: z
      .number()
      .positive()
      .max(longestWaitSeconds)
      .optional()
      .describe(`How long to wait at most. Default 60, at most ${longestWaitSeconds}.`),
  }),
  isReadOnly: false,
  run: (input, desk, signal) => {
    const waitMs = (input.seconds ?? 60) * 1_000;
    return acquire({ ...requestOf(input, desk.manager), waitMs }, desk, signal);
  },
});

const renewLock = tool({
  name: 'renew_lock',
  title: 'Renew a lock',
  description: 'Give a lock of yours a new time from now on, before its old one is over.',
  input: z.object({
    id: z.string().min(1).describe('As acquire_lock gave it.'),
    minutes: z.number().positive().max(longestMinutes),
  }),
  isReadOnly: false,
  run: async (input, { hands }) => {
    const id = ownId(hands, input.id);
    if (id === undefined) return notYours(hands);
    const ttlMs = input.minutes * 60_000;
    if (!(await hands.renew(id, ttlMs)))
      return {
        text: `Lock ${id} is lost. Stop writing to its paths, look at what was written, and acquire it again.`,
        data: { ok: false },
        isFailure: true,
      };
    return { text: `Renewed: yours for ${formatDuration(ttlMs)} from now on.`, data: { ok: true, id } };
  },
});

const releaseLock = tool({
  name: 'release_lock',
  title: 'Release a lock',
  description: 'Give a lock of yours back as soon as you have finished writing, or all of them.',
  input: z.object({
    id: z.string().min(1).optional().describe('As acquire_lock gave it.'),
    all: z.boolean().optional().describe('Every lock that you hold.'),
  }),
  isReadOnly: false,
  run: async (input, { hands }) => {
    const id = input.id === undefined ? undefined : ownId(hands, input.id);
    if (input.all !== true && id === undefined) return notYours(hands);
    const ids = input.all === true ? hands.held() : id === undefined ? [] : [id];
    for (const each of ids) await hands.release(each);
    const text = ids.length === 0 ? 'You held nothing.' : `Released: ${ids.join(', ')}. Do not write there any more.`;
    return { text, data: { ok: true, released: ids } };
  },
});

export const agentTools: readonly AgentTool[] = [
  listLocks,
  checkPaths,
  acquireLock,
  waitForLock,
  renewLock,
  releaseLock,
];

/** What a client may show a model before it calls anything. */
export const agentInstructions =
  'Other programs and people write in this workspace too. Before you edit files, call check_paths; while you edit, hold acquire_lock on them; release_lock when you have finished. Never write to paths that somebody else has locked. Your locks end with this session.';

async function acquire(request: AgentRequest, { manager, hands }: Desk, signal: AbortSignal): Promise<AgentAnswer> {
  const outcome = await hands.acquire(request, signal);
  if (outcome.kind === 'conflict')
    return conflictAnswer(outcome, manager, { granted: false, conflict: conflictJson(outcome) });
  const { lock } = outcome;
  const text = [
    `Granted: ${lock.id}.`,
    lockLine(lock, manager),
    ...(lock.unseenBy ?? []).map(({ protocol, because }) => `Not seen by ${protocol}: ${because}.`),
    `Call release_lock with id ${lock.id} as soon as you have finished writing.`,
  ];
  return { text: text.join('\n'), data: { granted: true, lock: lockJson(lock) } };
}

function requestOf({ paths: texts, reason, shared, minutes }: Terms, manager: LockManager): AgentRequest {
  return {
    scope: entriesOf(manager, texts),
    mode: shared === true ? 'shared' : 'exclusive',
    ...(reason === undefined ? {} : { reason }),
    ...(minutes === undefined ? {} : { ttlMs: minutes * 60_000 }),
  };
}

function entriesOf(manager: LockManager, texts: readonly string[]): readonly ScopeEntry[] {
  return manager.readScope(texts, { cwd: manager.root.path });
}

function overlapping({ snapshot }: LockManager, entries: readonly ScopeEntry[]): readonly Lock[] {
  const everywhere = snapshot.locks.filter(({ verdictReason }) => verdictReason === 'unreadable');
  return [...new Set([...snapshot.index.overlapping(entries), ...everywhere])];
}

/** By the id, or a beginning of it that only one has. */
function ownId(hands: AgentHands, text: string): ReturnType<AgentHands['held']>[number] | undefined {
  const matches = hands.held().filter((id) => id.startsWith(text));
  return matches.length === 1 ? matches[0] : undefined;
}

function notYours(hands: AgentHands): AgentAnswer {
  const held = hands.held();
  const text =
    held.length === 0
      ? 'You hold no lock in this session. Locks of others are not yours to change.'
      : `That is no lock of this session. You hold: ${held.join(', ')}.`;
  return { text, data: { ok: false, held }, isFailure: true };
}

/** One lock in several tools' files is one lock (DESIGN 7): what stands for a lock of ours is folded into it. Pure. */
import { blocks, type Lock, type Projection, type ProtocolId, type Unseen } from './lock.ts';
import type { Scope } from './scope/entry.ts';
import { scopesOverlap } from './scope/overlap.ts';
import type { CaseRule } from './scope/foldCase.ts';

/** A tool that is at work here, and what of a lock of ours it could see. */
export interface ToolHere {
  readonly protocol: ProtocolId;
  /** Whether any of the scope can be said in that tool's words; if not, nothing is missing there. */
  readonly concerns: (scope: Scope) => boolean;
}

/** Where we look from. */
export interface Here {
  readonly caseRule: CaseRule;
  readonly pidNamespace: string | undefined;
}

/**
 * @param ours locks of the `loops` store, read after `theirs`: what is published beside a lock comes later and goes
 * earlier, so that what stands for a lock that is not found has been left
 */
export function fold(
  ours: readonly Lock[],
  theirs: readonly Lock[],
  tools: readonly ToolHere[],
  here: Here,
): readonly Lock[] {
  if (theirs.length + tools.length === 0) return ours;
  const projections = new Map<Lock, Lock[]>();
  const rest: Lock[] = [];
  for (const lock of theirs) {
    const owner = ownerOf(lock, ours, here);
    if (owner) projections.set(owner, [...(projections.get(owner) ?? []), lock]);
    else rest.push(lock.standsFor === undefined ? lock : orphaned(lock));
  }
  const all = [...projections.values()].flat();
  return [...ours.map((lock) => withSight(lock, projections.get(lock) ?? [], all, tools, here)), ...rest];
}

/**
 * The lock of ours for which another tool's stands. Where its format has no room for an id: one of the process that holds
 * both, where the two have something in common; nothing of ours is ever among the
 * declared, and a cluster has room.
 */
export function ownerOf(lock: Lock, ours: readonly Lock[], { caseRule, pidNamespace }: Here): Lock | undefined {
  if (lock.standsFor !== undefined) return ours.find(({ id }) => id === lock.standsFor);
  const { pid } = lock.holder;
  if (pid === undefined || lock.protocol === 'declared' || lock.protocol === 'etcd') return undefined;
  return ours.find(
    (own) =>
      own.token !== undefined &&
      own.holder.pid === pid &&
      own.holder.pidNamespace === pidNamespace && // a number of another container is another process
      blocks(own) &&
      scopesOverlap(own.scope, lock.scope, caseRule) !== undefined,
  );
}

function projectionOf({ protocol, file, ownWords, token }: Lock): Projection {
  return { protocol, file, covers: ownWords ?? '', ...(token === undefined ? {} : { token }) };
}

function orphaned(lock: Lock): Lock {
  const owner = { kind: 'owner', id: lock.standsFor ?? '', state: 'gone' } as const;
  return { ...lock, verdict: 'stale', verdictReason: 'owner-gone', evidence: [owner, ...lock.evidence] };
}

function withSight(
  lock: Lock,
  own: readonly Lock[],
  all: readonly Lock[],
  tools: readonly ToolHere[],
  { caseRule }: Here,
): Lock {
  const isSeen = ({ protocol }: ToolHere): boolean =>
    own.some((each) => each.protocol === protocol) || isSharedWith(lock, protocol, all, caseRule);
  const unseenBy =
    lock.token === undefined || !blocks(lock)
      ? []
      : unseenOf(
          lock,
          tools.filter((tool) => !isSeen(tool)),
        );
  if (own.length + unseenBy.length === 0) return lock;
  return {
    ...lock,
    ...(own.length === 0 ? {} : { projections: own.map(projectionOf) }),
    ...(unseenBy.length === 0 ? {} : { unseenBy }),
  };
}

/**
 * What two locks of ours have in that tool's words may be one and the same, `src/*` for `src/*.py` and `src/*.ts`, although
 * they have no file in common: what stands there for one of them keeps others out of both.
 */
function isSharedWith({ mode, scope }: Lock, protocol: ProtocolId, all: readonly Lock[], rule: CaseRule): boolean {
  const isOne = (lock: Lock): boolean =>
    lock.protocol === protocol && blocks(lock) && scopesOverlap(lock.scope, scope, rule) !== undefined;
  return mode === 'exclusive' && all.some(isOne);
}

function unseenOf({ mode, scope }: Lock, tools: readonly ToolHere[]): readonly Unseen[] {
  return tools
    .filter((tool) => tool.concerns(scope))
    .map(({ protocol }) => ({
      protocol,
      because: mode === 'shared' ? 'it knows no shared locks' : 'it was not taken there',
    }));
}

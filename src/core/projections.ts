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
  const projections = new Map<Lock, Projection[]>();
  const rest: Lock[] = [];
  for (const lock of theirs) {
    const owner = ownerOf(lock, ours, here);
    if (owner) projections.set(owner, [...(projections.get(owner) ?? []), projectionOf(lock)]);
    else rest.push(lock.standsFor === undefined ? lock : orphaned(lock));
  }
  return [...ours.map((lock) => withSight(lock, projections.get(lock) ?? [], tools)), ...rest];
}

/**
 * The lock of ours for which another tool's stands. Where its format has no room for an id: one of the process that holds
 * both, where the two have something in common; nothing of ours is ever among the declared.
 */
export function ownerOf(lock: Lock, ours: readonly Lock[], { caseRule, pidNamespace }: Here): Lock | undefined {
  if (lock.standsFor !== undefined) return ours.find(({ id }) => id === lock.standsFor);
  const { pid } = lock.holder;
  if (pid === undefined || lock.protocol === 'declared') return undefined;
  return ours.find(
    (own) =>
      own.token !== undefined &&
      own.holder.pid === pid &&
      own.holder.pidNamespace === pidNamespace && // a number of another container is another process
      blocks(own) &&
      scopesOverlap(own.scope, lock.scope, caseRule) !== undefined,
  );
}

function projectionOf({ protocol, file, ownWords }: Lock): Projection {
  return { protocol, file, covers: ownWords ?? '' };
}

function orphaned(lock: Lock): Lock {
  const owner = { kind: 'owner', id: lock.standsFor ?? '', state: 'gone' } as const;
  return { ...lock, verdict: 'stale', verdictReason: 'owner-gone', evidence: [owner, ...lock.evidence] };
}

function withSight(lock: Lock, projections: readonly Projection[], tools: readonly ToolHere[]): Lock {
  const unseenBy = lock.token === undefined || !blocks(lock) ? [] : unseenOf(lock, projections, tools);
  return {
    ...lock,
    ...(projections.length === 0 ? {} : { projections }),
    ...(unseenBy.length === 0 ? {} : { unseenBy }),
  };
}

function unseenOf(
  { mode, scope }: Lock,
  projections: readonly Projection[],
  tools: readonly ToolHere[],
): readonly Unseen[] {
  return tools
    .filter((tool) => !projections.some(({ protocol }) => protocol === tool.protocol) && tool.concerns(scope))
    .map(({ protocol }) => ({
      protocol,
      because: mode === 'shared' ? 'it knows no shared locks' : 'it was not taken there',
    }));
}

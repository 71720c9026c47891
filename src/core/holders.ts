/** Who holds what, over all tools: one process with locks of several formats is one holder. Pure. */
import type { Lock } from './lock.ts';

type Owned = Pick<Lock, 'holder' | 'protocol'>;

export interface HolderGroup<T> {
  /** As each tool calls him, each name once. */
  readonly names: readonly string[];
  readonly key: string;
  readonly members: readonly T[];
}

/** In the order in which they come. */
export function groupByHolder<T>(items: readonly T[], lockOf: (item: T) => Owned): readonly HolderGroup<T>[] {
  const groups = new Map<string, { names: Set<string>; members: T[] }>();
  for (const item of items) {
    const lock = lockOf(item);
    const key = holderKey(lock);
    const group = groups.get(key) ?? { names: new Set(), members: [] };
    groups.set(key, group);
    group.names.add(lock.holder.name);
    group.members.push(item);
  }
  return [...groups].map(([key, { names, members }]) => ({ key, names: [...names], members }));
}

/**
 * By process where there is one, as the names differ from tool to tool; else by name within the tool. Only ours record a
 * container, and other tools' records are judged as in our own (DESIGN 4, row 5), so one process may have two keys there.
 */
function holderKey({ holder, protocol }: Owned): string {
  if (protocol === 'etcd') return `${protocol}\0${holder.host}\0${holder.pid}`; // another clone's, mostly of another machine
  return holder.pid === undefined ? `${protocol}\0${holder.name}` : `${holder.pid}`;
}

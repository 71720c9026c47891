/** How a person wants the tree: in groups or flat, in which order, and which tools' locks in it. Kept for the workspace. */
import type * as vscode from 'vscode';
import { protocolIds, type ProtocolId } from '../../core/lock.ts';

export const groupings = ['none', 'tool', 'holder', 'scope'] as const;
export type Grouping = (typeof groupings)[number];

/** `urgency`: what needs somebody first; conflicts and deadlocks come before everything in each order. */
export const orders = ['urgency', 'oldest', 'newest', 'scope', 'holder'] as const;
export type Order = (typeof orders)[number];

export interface TreeShape {
  readonly grouping: Grouping;
  readonly order: Order;
  readonly hidden: readonly ProtocolId[];
}

const key = 'workspaceLocks.treeShape';

export class TreeShapes {
  readonly #memory: vscode.Memento;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  get current(): TreeShape {
    const kept = this.#memory.get<Partial<TreeShape>>(key) ?? {};
    return {
      grouping: groupings.find((each) => each === kept.grouping) ?? 'none',
      order: orders.find((each) => each === kept.order) ?? 'urgency',
      hidden: protocolIds.filter((each) => kept.hidden?.includes(each)),
    };
  }

  async change(change: Partial<TreeShape>): Promise<void> {
    await this.#memory.update(key, { ...this.current, ...change });
  }
}

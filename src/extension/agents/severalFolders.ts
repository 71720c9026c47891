/** Locks on paths of several stores: each store grants its own, so all of them or none is made here. */
import * as path from 'node:path';
import { escapeForDisplay } from '../../core/display.ts';
import { messageOf } from '../../core/errors.ts';
import type { LockId } from '../../core/lock.ts';
import type { AgentGrant, AgentHands, AgentRequest } from '../../manager/agents/agentHands.ts';
import type { AgentTool, Desk } from '../../manager/agents/agentTools.ts';
import type { Conflict } from '../../protocols/protocol.ts';

/** A store that a call means, and what it is asked there. */
export interface Meant {
  readonly desk: Desk;
  readonly input: unknown;
}

/** One try in each store after the other; where one refuses, those before it are given back what they granted. */
export async function acquireInAll(tool: AgentTool, meant: readonly Meant[], signal: AbortSignal): Promise<string> {
  const granted: Granted[] = [];
  const texts: string[] = [];
  for (const { desk, input } of meant) {
    const hands = new NotingHands(desk.hands);
    const { text } = await tool.run(input, { ...desk, hands }, signal);
    if (hands.granted.length === 0) {
      return [`In ${nameOf(desk)}: ${text}`, await giveBack(granted)].join('\n\n');
    }
    granted.push(...hands.granted.map((id) => ({ id, desk })));
    texts.push(text);
  }
  return texts.join('\n\n');
}

/** Who holds what is free in one store while he waits in another may wait for somebody who waits for him. */
export function refusalToWait(meant: readonly Meant[]): string {
  const names = meant.map(({ desk }) => nameOf(desk)).join(', ');
  return `Not granted: these paths lie in several folders of the window (${names}): wait for each by itself.`;
}

interface Granted {
  readonly id: LockId;
  readonly desk: Desk;
}

/** The last sentence says what is held: all of the paths were promised, or none. */
async function giveBack(granted: readonly Granted[]): Promise<string> {
  const lines: string[] = [];
  const kept: LockId[] = [];
  for (const { id, desk } of granted) {
    try {
      await desk.hands.release(id);
      lines.push(`Lock ${id}, which ${nameOf(desk)} had granted, was given back.`);
    } catch (error) {
      kept.push(id);
      lines.push(
        `Lock ${id} in ${nameOf(desk)} could not be given back: ${escapeForDisplay(messageOf(error), 500)} Call release_lock with this id.`,
      );
    }
  }
  const held = kept.length === 0 ? 'Nothing of this call is held in any folder.' : `Still held: ${kept.join(', ')}.`;
  return [...lines, held].join('\n');
}

function nameOf({ manager }: Desk): string {
  return escapeForDisplay(path.basename(manager.root.path), 100);
}

/** Notes what was granted, because an answer is text for a model. */
class NotingHands implements AgentHands {
  readonly granted: LockId[] = [];
  readonly #hands: AgentHands;

  constructor(hands: AgentHands) {
    this.#hands = hands;
  }

  async acquire(request: AgentRequest, signal: AbortSignal): Promise<AgentGrant | Conflict> {
    const outcome = await this.#hands.acquire(request, signal);
    if (outcome.kind === 'granted') this.granted.push(outcome.lock.id);
    return outcome;
  }

  renew(id: LockId, ttlMs: number): Promise<boolean> {
    return this.#hands.renew(id, ttlMs);
  }

  release(id: LockId): Promise<void> {
    return this.#hands.release(id);
  }

  held(): readonly LockId[] {
    return this.#hands.held();
  }

  takeLosses(): readonly string[] {
    return this.#hands.takeLosses();
  }
}

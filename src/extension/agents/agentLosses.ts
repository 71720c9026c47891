import { describeScope } from '../../core/sentences.ts';
import { lossSentence } from '../../manager/lossSentence.ts';
import type { Disposable } from '../disposables.ts';
import type { LostLock, WindowLocks } from '../windowLocks.ts';
import { agentTool } from './windowHands.ts';

/**
 * What the window's agents have lost and were not told yet. One for all stores: the next call may mean another folder, or
 * the folder may have left the window.
 */
export class AgentLosses implements Disposable {
  readonly #subscription: Disposable;
  #untold: string[] = [];

  constructor(windowLocks: WindowLocks) {
    this.#subscription = windowLocks.onDidLose((lost) => this.#onLost(lost));
  }

  /** A sentence each; whoever takes them tells them. */
  take(): readonly string[] {
    const untold = this.#untold;
    this.#untold = [];
    return untold;
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  #onLost({ lock: { id, scope, manager, tool }, cause }: LostLock): void {
    if (tool !== agentTool) return;
    const where = describeScope(scope, manager.root.path);
    this.#untold.push(`LOST: your lock ${id} on ${where} is gone: ${lossSentence(cause)}. Stop writing there.`);
  }
}

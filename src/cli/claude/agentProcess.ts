import type { NodeOs } from '../../os/node.ts';

/** They start us and end at once, so that nothing can be bound to them. */
const shells = /^-?(sh|bash|dash|ash|zsh|ksh|fish|busybox|env)$/;

/** The process of the agent that runs this hook, as far as can be seen: the nearest one above us that is no shell. */
export async function agentProcess(os: NodeOs): Promise<number | undefined> {
  const ancestors = await os.ancestors(process.pid);
  return ancestors.find((pid) => !shells.test(os.commandName(pid) ?? ''));
}

/** Names of other tools' resources: `agentwire:<session>`, `openclaw:<agent>/<session>`. Any other name is only ours. */

export const agentwirePrefix = 'agentwire:';
export const openclawPrefix = 'openclaw:';

/**
 * A sentence for a name that looks like another tool's and that this tool does not have, so that nobody thinks that it obeys:
 * openclaw's sessions belong to an agent, and agentwire locks `name@machine` on that machine.
 */
export function whyOnlyOurs(name: string): string | undefined {
  if (name.startsWith(openclawPrefix) && !/^[^/]+\/./.test(name.slice(openclawPrefix.length)))
    return `is no session of openclaw, which are written ${openclawPrefix}<agent>/<session>: openclaw will not obey it.`;
  if (name.startsWith(agentwirePrefix) && !/^[^@]+$/.test(name.slice(agentwirePrefix.length)))
    return 'is no session that agentwire locks on this machine: agentwire will not obey it.';
  return undefined;
}

/** One name for one resource: agentwire keeps its sessions `a/b` and `a--b` in one lock file (PROTOCOLS 4.1). */
export function resourceName(name: string): string {
  return name.startsWith(agentwirePrefix) ? name.replaceAll('/', '--') : name;
}

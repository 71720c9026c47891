/** Names of other tools' resources: `agentwire:<session>`, `openclaw:<agent>/<session>`. Any other name is only ours. */

export const agentwirePrefix = 'agentwire:';
export const openclawPrefix = 'openclaw:';

/** One name for one resource: agentwire keeps its sessions `a/b` and `a--b` in one lock file (PROTOCOLS 4.1). */
export function resourceName(name: string): string {
  return name.startsWith(agentwirePrefix) ? name.replaceAll('/', '--') : name;
}

import * as os from 'node:os';
import * as path from 'node:path';
import type { CaseRule } from '../../core/scope/foldCase.ts';
import type { Os, Steps } from '../../os/os.ts';
import { canonicalPath } from '../../os/paths.ts';
import { Places } from '../../protocols/claudeSwarm/place.ts';
import { isDirectory } from '../../protocols/directories.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { LazyTool } from './lazyTool.ts';
import { ToolSet } from './toolSet.ts';

export interface ToolsPlace {
  readonly root: string;
  /** The running directory of our own locks. */
  readonly store: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Whether the cluster may be contacted. */
  readonly isTrusted: boolean;
  readonly configuration: Configuration;
  readonly caseRule: CaseRule;
  /** Locks of these are `mine`. */
  readonly sessions: ReadonlySet<string>;
}

/**
 * Every other tool that we know and that the configuration does not switch off, at work here or not; in the one order in
 * which all of us take their locks (DESIGN 7).
 */
export function openTools(
  system: Os,
  { root, store, environment, isTrusted, configuration, caseRule, sessions }: ToolsPlace,
): ToolSet {
  const swarmRoot = given(environment['CLAUDESWARM_ROOT']);
  const swarm = new Places(root, swarmRoot === undefined ? undefined : canonicalPath(swarmRoot, root));
  const home = given(environment['HOME']) ?? os.homedir();
  const state = canonicalPath(given(environment['OPENCLAW_STATE_DIR']) ?? path.join(home, '.openclaw'), root);
  const era = configuration.openclaw?.era;
  const declared = configuration.declared ?? [];
  const isIn = (folder: string) => (): Steps<boolean> => isDirectory(folder);
  const isConfigured = (isSo: boolean) =>
    function* (): Steps<boolean> {
      return isSo;
    };
  const tools = [
    new LazyTool(
      'claude-swarm',
      system,
      function* (scope) {
        return (yield* swarm.find(scope)).length > 0;
      },
      async () => {
        const { ClaudeSwarmProtocol } = await import('../../protocols/claudeSwarm/claudeSwarm.ts');
        const { storeMarkOf } = await import('../../protocols/claudeSwarm/record.ts');
        return new ClaudeSwarmProtocol(system, swarm, caseRule, storeMarkOf(canonicalPath(store, root)));
      },
    ),
    new LazyTool('openclaw', system, isIn(state), async () => {
      const { OpenclawProtocol } = await import('../../protocols/openclaw/openclaw.ts');
      return new OpenclawProtocol(system, { state, ...(era === undefined ? {} : { era }) });
    }),
    new LazyTool('agentwire', system, isIn(path.join(home, '.agentwire')), async () => {
      const { AgentwireProtocol } = await import('../../protocols/agentwire/agentwire.ts');
      return new AgentwireProtocol(system, { home });
    }),
    new LazyTool('declared', system, isConfigured(declared.length > 0), async () => {
      const { DeclaredProtocol } = await import('../../protocols/declared/declared.ts');
      return new DeclaredProtocol(system, declared, root, caseRule);
    }),
    // Last: what stands in a cluster is others' business until it is really held here.
    new LazyTool('etcd', system, isConfigured(configuration.etcd !== undefined), async () => {
      const { openCluster } = await import('../cluster/openCluster.ts');
      return openCluster(system, {
        root,
        store,
        environment,
        isTrusted,
        caseRule,
        sessions,
        etcd: configuration.etcd ?? {},
      });
    }),
  ];
  return new ToolSet(
    tools.filter(({ id }) => id === 'declared' || id === 'etcd' || configuration.protocols?.[id] !== false),
    system,
    caseRule,
  );
}

function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

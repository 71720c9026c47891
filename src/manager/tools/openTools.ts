import * as os from 'node:os';
import * as path from 'node:path';
import type { CaseRule } from '../../core/scope/foldCase.ts';
import type { Os } from '../../os/os.ts';
import { canonicalPath } from '../../os/paths.ts';
import { AgentwireProtocol } from '../../protocols/agentwire/agentwire.ts';
import { ClaudeSwarmProtocol } from '../../protocols/claudeSwarm/claudeSwarm.ts';
import { OpenclawProtocol } from '../../protocols/openclaw/openclaw.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { ToolSet } from './toolSet.ts';

export interface ToolsPlace {
  readonly root: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly configuration: Configuration;
  readonly caseRule: CaseRule;
}

/**
 * Every other tool that we know and that the configuration does not switch off, at work here or not; in the one order in
 * which all of us take their locks (DESIGN 7).
 */
export function openTools(system: Os, { root, environment, configuration, caseRule }: ToolsPlace): ToolSet {
  const swarmRoot = given(environment['CLAUDESWARM_ROOT']);
  const home = homeOf(environment);
  const era = configuration.openclaw?.era;
  const tools = [
    new ClaudeSwarmProtocol(system, {
      root,
      caseRule,
      ...(swarmRoot === undefined ? {} : { explicitRoot: path.resolve(root, swarmRoot) }),
    }),
    new OpenclawProtocol(system, {
      state: canonicalPath(given(environment['OPENCLAW_STATE_DIR']) ?? path.join(home, '.openclaw'), root),
      ...(era === undefined ? {} : { era }),
    }),
    new AgentwireProtocol(system, { home }),
  ];
  return new ToolSet(
    tools.filter(({ id }) => configuration.protocols?.[id] !== false),
    system,
    caseRule,
  );
}

/** Where tools that keep their locks at home keep them. */
function homeOf(environment: NodeJS.ProcessEnv): string {
  return given(environment['HOME']) ?? os.homedir();
}

function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

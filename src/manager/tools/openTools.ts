import * as os from 'node:os';
import * as path from 'node:path';
import type { CaseRule } from '../../core/scope/foldCase.ts';
import type { Os } from '../../os/os.ts';
import { ClaudeSwarmProtocol } from '../../protocols/claudeSwarm/claudeSwarm.ts';
import { DeclaredProtocol } from '../../protocols/declared/declared.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { ToolSet } from './toolSet.ts';

export interface ToolsPlace {
  readonly root: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly configuration: Configuration;
  readonly caseRule: CaseRule;
}

/** Every other tool that we know and that the configuration does not switch off, at work here or not. */
export function openTools(system: Os, { root, environment, configuration, caseRule }: ToolsPlace): ToolSet {
  const swarmRoot = environment['CLAUDESWARM_ROOT'];
  const tools = [
    new ClaudeSwarmProtocol(system, {
      root,
      caseRule,
      ...(swarmRoot === undefined || swarmRoot === '' ? {} : { explicitRoot: path.resolve(root, swarmRoot) }),
    }),
  ];
  const declared = new DeclaredProtocol(system, configuration.declared ?? [], root, caseRule);
  return new ToolSet(
    [...tools.filter(({ id }) => configuration.protocols?.[id] !== false), declared],
    system,
    caseRule,
  );
}

/** Where tools that keep their locks at home keep them. */
export function homeOf(environment: NodeJS.ProcessEnv): string {
  const home = environment['HOME'];
  return home === undefined || home === '' ? os.homedir() : home;
}

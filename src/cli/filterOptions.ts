import { Option, type Command } from 'commander';
import { protocolIds, type ProtocolId } from '../core/lock.ts';
import type { LockFilter } from '../core/lockFilter.ts';
import { verdicts, type Verdict } from '../core/verdict.ts';
import type { Context } from './context.ts';
import { parseDuration } from './duration.ts';
import { readScope } from './scopeOptions.ts';

export interface FilterOptions {
  readonly holder?: string;
  readonly verdict?: readonly Verdict[];
  readonly mine?: true;
  readonly protocol?: ProtocolId;
  readonly covering?: string;
  readonly olderThan?: number;
}

/** The selectors of `list`; commands that change something offer those of them that fit. */
export function addFilterOptions(command: Command): Command {
  addCoveringOption(addOlderThanOption(addHolderOption(command)));
  return command
    .addOption(new Option('--verdict <verdict...>', 'only with this verdict; may be repeated').choices(verdicts))
    .option('--mine', 'only those of this session (WLOCK_SESSION)')
    .addOption(new Option('--protocol <protocol>', 'only of this lock format').choices(protocolIds));
}

export function addHolderOption(command: Command): Command {
  return command.option('--holder <name>', 'only those of this holder; the whole name, exactly as list shows it');
}

export function addOlderThanOption(command: Command): Command {
  return command.option('--older-than <time>', 'only those held for longer, such as 30s, 10m, 2h', parseDuration);
}

export function addCoveringOption(
  command: Command,
  description = 'only those that overlap this path or pattern',
): Command {
  return command.option('--covering <scope>', description);
}

export function lockFilter(options: FilterOptions, context: Context): LockFilter {
  const { holder, verdict, mine, protocol, covering, olderThan } = options;
  return {
    ...(holder === undefined ? {} : { holder }),
    ...(verdict === undefined ? {} : { verdicts: verdict }),
    ...(mine === undefined ? {} : { ownership: 'mine' }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(covering === undefined ? {} : { covering: readScope(context, [covering]) }),
    ...(olderThan === undefined ? {} : { olderThanMs: olderThan }),
  };
}

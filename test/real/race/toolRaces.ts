/** Our processes and another tool's, which know nothing of each other but the files of that tool. */
import * as fs from 'node:fs';
import { total } from './ledger.ts';
import { race, type Contended, type Kind, type RaceOptions, type RaceResult, type ToolKind } from './race.ts';
import { TemporaryRoot } from '../temporaryRoot.ts';

export interface ToolRace {
  readonly title: string;
  readonly tool: ToolKind;
  readonly contended: Contended;
  /** Makes what has to be there for the tool to be at work: its folders, and our configuration. */
  readonly prepare: (root: TemporaryRoot) => void;
}

export const agentwireRace: ToolRace = {
  title: 'agentwire, one session',
  tool: 'agentwire',
  contended: {
    scope: { as: 'name', text: 'agentwire:team/contended' },
    toolWords: ['team/contended', 'team--contended'],
  },
  prepare: (root) => fs.mkdirSync(root.in('home', '.agentwire'), { recursive: true }),
};

export const openclawRace: ToolRace = {
  title: 'openclaw (era B), one session',
  tool: 'openclaw',
  contended: { scope: { as: 'name', text: 'openclaw:main/contended' }, toolWords: ['main/contended'] },
  prepare: (root) => {
    fs.mkdirSync(root.in('home', '.openclaw', 'agents'), { recursive: true });
    fs.writeFileSync(root.in('.wlock.json'), JSON.stringify({ openclaw: { era: 'B' } }));
  },
};

export const swarmFileRace: ToolRace = {
  title: 'claude-swarm, one file',
  tool: 'swarm',
  contended: { scope: { as: 'path', text: 'contended.py' }, toolWords: ['contended.py'] },
  prepare: (root) => {
    fs.mkdirSync(root.in('.agent_locks'));
    fs.writeFileSync(root.in('contended.py'), '');
  },
};

/** Two names, so that nothing but the look at all patterns tells of the other (PROTOCOLS 2.5, race 4). */
export const swarmPatternRace: ToolRace = {
  title: 'claude-swarm, a pattern and a file',
  tool: 'swarm',
  contended: { scope: { as: 'path', text: 'contended.py' }, toolWords: ['*.py', 'contended.py'] },
  prepare: swarmFileRace.prepare,
};

const oursAndTheirs = (tool: ToolKind): readonly Kind[] => ['library', 'library', tool, tool];

export type ToolRaceOptions = Pick<RaceOptions, 'acquisitions' | 'acquisitionsPerKill' | 'boundMs'>;

/** In a workspace and a home of its own. */
export async function raceWithTool(
  { tool, contended, prepare }: ToolRace,
  options: ToolRaceOptions,
  workers: readonly Kind[] = oursAndTheirs(tool),
): Promise<RaceResult> {
  using root = new TemporaryRoot();
  fs.mkdirSync(root.in('home'));
  prepare(root);
  const environment = { HOME: root.in('home'), OPENCLAW_STATE_DIR: '', CLAUDESWARM_ROOT: '' };
  return await race(root, { workers, contended, environment, ...options });
}

/** How the tool does with itself, for comparison. */
export function raceAmongThem(of: ToolRace, options: ToolRaceOptions): Promise<RaceResult> {
  return raceWithTool(of, options, [of.tool, of.tool, of.tool, of.tool]);
}

/** Overlaps between two of ours, between one of ours and one of theirs, and between two of theirs. */
export function pairsOf({ overlapPairs }: RaceResult): {
  readonly oursOurs: number;
  readonly oursTheirs: number;
  readonly theirsTheirs: number;
} {
  let [oursOurs, oursTheirs, theirsTheirs] = [0, 0, 0];
  for (const [pair, count] of overlapPairs) {
    const ours = pair.split(' + ').filter((kind) => kind === 'library').length;
    if (ours === 2) oursOurs += count;
    else if (ours === 1) oursTheirs += count;
    else theirsTheirs += count;
  }
  return { oursOurs, oursTheirs, theirsTheirs };
}

export function figures(title: string, result: RaceResult): string {
  const { oursOurs, oursTheirs, theirsTheirs } = pairsOf(result);
  const counts = [...result.acquisitions].map(([kind, count]) => `${kind} ${count}`).join(', ');
  return (
    `${title}: ${total(result.acquisitions)} acquisitions (${counts}); kills ${total(result.kills)}; ` +
    `overlaps ours/ours ${oursOurs}, ours/theirs ${oursTheirs}, theirs/theirs ${theirsTheirs}; ${result.seconds.toFixed(1)} s`
  );
}

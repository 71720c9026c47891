/** `npm run race:tools [ACQUISITIONS]`: the races of tools.test.ts for long, with their figures for docs/tools.md. */
import {
  agentwireRace,
  figures,
  openclawRace,
  raceAmongThem,
  raceWithTool,
  swarmFileRace,
  swarmPatternRace,
} from './toolRaces.ts';

const acquisitions = Number(process.argv[2] ?? 5_000);
const boundMs = 1_200_000;

for (const tool of [agentwireRace, openclawRace, swarmFileRace, swarmPatternRace]) {
  console.log(figures(`${tool.title}, 2 of ours and 2 of theirs`, await raceWithTool(tool, { acquisitions, boundMs })));
  console.log(figures(`${tool.title}, 4 of theirs`, await raceAmongThem(tool, { acquisitions, boundMs })));
}
for (const tool of [agentwireRace, openclawRace]) {
  const options = { acquisitions, acquisitionsPerKill: 25, boundMs };
  console.log(figures(`${tool.title}, with kills, 2 of ours and 2 of theirs`, await raceWithTool(tool, options)));
  console.log(figures(`${tool.title}, with kills, 4 of theirs`, await raceAmongThem(tool, options)));
}

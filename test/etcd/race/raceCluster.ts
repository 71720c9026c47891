/** `npm run race:etcd [ROUNDS]`: the race of race.test.ts for long; fails where it shows what must not be. */
import { clusterRace, figures } from './clusterRace.ts';

const rounds = Number(process.argv[2] ?? 10);
const result = await clusterRace(rounds);
console.log(figures(result));
const odd = result.failures.filter(({ code }) => code !== 'etcd-unreachable');
for (const each of [...result.overlaps, ...result.tokensBack, ...odd.map(({ message }) => message)])
  console.error(each);
if (result.overlaps.length + result.tokensBack.length + result.lateTaken + odd.length > 0) process.exitCode = 1;

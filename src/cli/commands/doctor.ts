import { allTopics } from '../../manager/doctor/allTopics.ts';
import { diagnose } from '../../manager/doctor/diagnose.ts';
import type { Finding } from '../../manager/doctor/finding.ts';
import type { CommandHost } from '../commandHost.ts';
import { exitCode, printJson } from '../context.ts';

const marks: Readonly<Record<Finding['level'], string>> = { ok: 'ok', note: '--', problem: '!!' };

export function doctorCommand({ program, run }: CommandHost): void {
  const command = program
    .command('doctor')
    .description(
      'explain the root, the store, the file system and the flock provider; name what is wrong and what to do',
    )
    .action(async () => {
      await run(command, async ({ manager, json, streams }) => {
        const findings = await diagnose(manager, allTopics);
        const healthy = findings.every(({ level }) => level !== 'problem');
        if (json) printJson(streams, { ok: true, root: manager.root.path, healthy, findings });
        for (const { level, topic, text, hint } of json ? [] : findings) {
          streams.out(`${marks[level]} ${topic}: ${text}\n`);
          if (hint !== undefined) streams.out(`   ${hint}\n`);
        }
        return healthy ? exitCode.done : exitCode.failure;
      });
    });
}

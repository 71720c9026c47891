/** A believable afternoon of loops, agents and people, as the journal would have it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { JournalEvent } from '../../src/core/journal.ts';

type Told = Omit<JournalEvent, 'id' | 'by' | 'holder'> & { readonly by?: string };

/** Times are minutes before now. */
export function writeAfternoon(root: string, now: number): void {
  const lines: { readonly at: number; readonly text: string }[] = [];
  let requests = 0;
  const tell = (minutesAgo: number, id: string, holder: string, told: Told): void => {
    const at = now - minutesAgo * 60_000;
    const line = { at: new Date(at).toISOString(), id, holder, by: `wlock run, pid 4711`, ...told };
    lines.push({ at, text: JSON.stringify(line) });
  };
  const hold = (holder: string, scope: string, from: number, to: number, end: Told = { event: 'released' }): void => {
    const id = `request-${requests++}`;
    tell(from, id, holder, { event: 'acquired', scope: [scope] });
    tell(to, id, holder, { heldMs: (from - to) * 60_000, ...end });
  };
  const waitThenHold = (holder: string, scope: string, since: number, from: number, to: number): void => {
    const id = `request-${requests++}`;
    tell(since, id, holder, { event: 'waited', scope: [scope] });
    tell(from, id, holder, { event: 'acquired', scope: [scope], waitedMs: (since - from) * 60_000 });
    tell(to, id, holder, { event: 'released', heldMs: (from - to) * 60_000 });
  };
  const refused = (holder: string, scope: string, when: number, count: number): void =>
    tell(when, `request-${requests++}`, holder, { event: 'conflicted', scope: [scope], count });

  hold('nightly-loop', 'src/api', 55, 41);
  waitThenHold('refactor-bot', 'src/api', 50, 41, 33);
  waitThenHold('agent-7', 'src/api', 46, 33, 25);
  refused('docs-sweeper', 'src/api', 44, 3);
  refused('alice', 'src/api', 30, 1);
  hold('nightly-loop', 'src/api', 20, 8, { event: 'forced', by: 'alice, pid 812' });
  const patient = `request-${requests++}`;
  tell(18, patient, 'agent-9', { event: 'waited', scope: ['src/api'] });
  tell(13, patient, 'agent-9', { event: 'conflicted', scope: ['src/api'], cause: 'timed-out', waitedMs: 300_000 });
  hold('docs-sweeper', 'docs', 52, 47);
  hold('docs-sweeper', 'docs', 38, 34);
  hold('docs-sweeper', 'docs', 24, 11, { event: 'reaped', by: 'bob, while acquiring, pid 99' });
  hold('refactor-bot', 'src/ui/**/*.ts', 31, 12);
  hold('alice', 'src/release.ts', 15, 10, { event: 'lost' });
  hold('nightly-loop', 'src/api', 300, 290);

  const own = path.join(root, '.loops/.running/.wlock');
  mkdirSync(own, { recursive: true });
  const text = lines.sort((a, b) => a.at - b.at).map((line) => `${line.text}\n`);
  writeFileSync(path.join(own, 'journal.jsonl'), text.join(''));
}

/** Each guard of a lock in a cluster taken away; see `../mutants.ts`. */
import type { Mutant } from '../mutants.ts';

function mutant(
  name: string,
  scenario: string,
  breaks: string,
  ...edits: readonly (readonly [file: string, from: string, to: string])[]
): Mutant {
  return {
    name,
    scenario: `cluster-${scenario}`,
    breaks,
    edits: edits.map(([file, from, to]) => ({ file: `src/protocols/etcd/${file}`, from, to })),
  };
}

export const clusterMutants: readonly Mutant[] = [
  mutant('does not compare the epoch of what may be anywhere', 'root', 'two holders', [
    'acquire.ts',
    'return [everywhere, ...epochs.names].map(',
    'return epochs.names.map(',
  ]),
  mutant('bumps nothing where its scope may be anywhere', 'roots', 'two holders', [
    'acquire.ts',
    "epochs.kind === 'all' ? [everywhere] : epochs.names",
    "epochs.kind === 'all' ? [] : epochs.names",
  ]),
  mutant('compares only its own epoch where its scope may be anywhere', 'glob', 'two holders', [
    'acquire.ts',
    'return [keys.epochs];',
    'return [{ key: keys.epoch(everywhere) }];',
  ]),
  mutant('does not bump its own epochs', 'acquire', 'two holders', [
    'acquire.ts',
    "epochs.kind === 'all' ? [everywhere] : epochs.names",
    "epochs.kind === 'all' ? [everywhere] : []",
  ]),
  mutant('does not compare its own epochs', 'acquire', 'two holders', [
    'acquire.ts',
    'return [everywhere, ...epochs.names].map(',
    'return [everywhere].map(',
  ]),
  mutant('has one epoch for everything', 'folders', 'was hindered', [
    'epochs.ts',
    "return { kind: 'all' };\n    names",
    "return { kind: 'all' };\n    names.add('');\n    names",
  ]),
  mutant('puts what is beneath one folder into different epochs', 'acquire', 'two holders', [
    'epochs.ts',
    "return first === '' ? undefined : `path:${foldText(first)}`;",
    "return first === '' || !('path' in entry) ? undefined : `path:${foldText(entry.path)}`;",
  ]),
  mutant('takes a pattern that begins anywhere for a folder', 'glob', 'two holders', [
    'epochs.ts',
    "return first === '' ? undefined :",
    "return first === '' && 'path' in entry ? undefined :",
  ]),
  mutant('keeps names and paths of the same letters in one epoch', 'name-path', 'was hindered', [
    'epochs.ts',
    'return `name:${entry.name}`',
    'return `path:${entry.name}`',
  ]),
  mutant('has an epoch for each of many folders', 'many', 'too many operations', [
    'epochs.ts',
    'names.size > mostNames',
    'names.size < 0',
  ]),
  mutant('counts what its watch has not told yet', 'late-view', 'two holders', [
    'view.ts',
    'this.#revision = Math.max(this.#revision, modRevision);',
    'this.#revision = Math.max(this.#revision, modRevision + 1);',
  ]),
  mutant('looks at its neighbours only where its scope may be anywhere', 'root', 'two holders', [
    'view.ts',
    '?? this.all;',
    "?? [...(this.#groups.get('*') ?? [])];",
  ]),
  mutant('does not look at what may be anywhere', 'root', 'two holders', [
    'keys.ts',
    '[...[everywhere, ...epochs.names].map(encodedEpoch), waiters]',
    '[...epochs.names.map(encodedEpoch), waiters]',
  ]),
  mutant('keeps in sight what was deleted', 'twice', 'is refused for what has gone', [
    'acquire.ts',
    "if (still.kind === 'committed') return",
    'if (still.revision > 0) return',
  ]),
  mutant('takes a refused transaction for granted', 'acquire', 'what is not there', [
    'acquire.ts',
    "if (outcome.kind === 'committed') {",
    'if (outcome.revision > 0) {',
  ]),
  mutant(
    'asks who lives before it looks',
    'store-above',
    'removed the lock of',
    [
      'acquire.ts',
      '  const view = await port.view(epochs, atLeast);',
      '  const living = await port.living();\n  const view = await port.view(epochs, atLeast);',
    ],
    ['acquire.ts', '  const living = await port.living();\n  const isOurs', '  const isOurs'],
  ),
  mutant('takes locks of other stores for its own', 'store-others', 'two holders', [
    'acquire.ts',
    'living !== undefined && record?.store === claim.record.store;',
    'living !== undefined && record !== undefined;',
  ]),
  mutant('leaves what the dead of its store left', 'store', 'stands beside that of a dead one', [
    'acquire.ts',
    'for (const placed of sight.left) await port.commit(removal(placed));',
    '',
  ]),
  mutant('releases without comparing', 'take-over', 'removed the lock of', [
    'acquire.ts',
    "return { compare: [{ kind: 'under-lease', key, lease }],",
    'return { compare: [],',
  ]),
  mutant('takes a lock over without comparing its key', 'take-over', 'is not that of its lock', [
    'acquire.ts',
    "former ? { kind: 'modified-at', key, revision: former.modRevision }",
    "former ? { kind: 'unchanged-since', key, revision: Number.MAX_SAFE_INTEGER - 1 }",
  ]),
  mutant('takes over what is of another session', 'anothers', 'removed the lock of', [
    'acquire.ts',
    'claim.takesOver ? there : undefined',
    'there',
  ]),
  mutant('gets a new token when it takes a lock over', 'take-over', 'is not that of its lock', [
    'acquire.ts',
    'createRevision: sight.former?.createRevision ?? revision,',
    'createRevision: revision,',
  ]),
  mutant('stands behind those who wait for what it takes over', 'take-over-line', 'sleeps although nobody holds', [
    'acquire.ts',
    'const place = former ? 0 : (view',
    'const place = (view',
  ]),
  mutant('ignores the line', 'wait', 'has overtaken', [
    'acquire.ts',
    "inTheWay.filter((other) => other.kind === 'waiter' && !isOurs(other))",
    "inTheWay.filter((other) => other.kind === 'waiter' && other.createRevision < 0)",
  ]),
  mutant('waits for those who came after it', 'wait', 'sleeps although nobody holds', [
    'acquire.ts',
    'other.id !== claim.id && other.createRevision < place &&',
    'other.id !== claim.id && place > 0 &&',
  ]),
  mutant('stays in the line when it has what it waited for', 'wait', 'has left something', [
    'acquire.ts',
    "      { kind: 'delete', key: keys.waiter(id) },\n",
    '',
  ]),
  mutant('waits for ever where it is killed', 'wait-faults', 'is left', [
    'acquire.ts',
    "changes: [{ kind: 'put', key, value: encodeRecord(record), lease }],",
    "changes: [{ kind: 'put', key, value: encodeRecord(record) }],",
  ]),
  mutant('puts its lock under no lease', 'acquire', 'what is not there', [
    'acquire.ts',
    "      { kind: 'put', key, value: encodeRecord(record), lease },\n",
    "      { kind: 'put', key, value: encodeRecord(record) },\n",
  ]),
  mutant('takes a shared lock for none', 'shared', 'two holders', [
    'acquire.ts',
    "a.mode === 'shared' && b.mode === 'shared'",
    "a.mode === 'shared' || b.mode === 'shared'",
  ]),
  mutant('takes a shared lock for an exclusive one', 'shared', 'what it may have besides', [
    'acquire.ts',
    "if (a.mode === 'shared' && b.mode === 'shared') return false;",
    '',
  ]),
  mutant('ignores that its own machine folds case', 'fold', 'two holders', [
    'acquire.ts',
    '{ fold: a.folds || b.folds }',
    '{ fold: b.folds }',
  ]),
  mutant('ignores that another machine folds case', 'fold', 'two holders', [
    'acquire.ts',
    '{ fold: a.folds || b.folds }',
    '{ fold: a.folds }',
  ]),
  mutant('has different epochs for names that some machine folds', 'fold', 'two holders', [
    'epochs.ts',
    'path:${foldText(first)}',
    'path:${first}',
  ]),
  mutant(
    'looks again at what it has seen, where what it would take over was deleted',
    'take-over',
    'asks for nothing newer',
    [
      'acquire.ts',
      'atLeast = newest > sight.revision ? newest : outcome.revision;',
      'atLeast = Math.max(newest, sight.revision);',
    ],
  ),
];

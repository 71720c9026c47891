/** What the word at the cursor is, by the words before it. */
import assert from 'node:assert/strict';
import type { Command } from 'commander';
import { optionsOf, placeOf, valueKinds, type Place } from '../../src/cli/completion/place.ts';
import { createProgram } from '../../src/cli/program.ts';

const nothing = (): Promise<void> => Promise.resolve();
const program = createProgram({ run: nothing, runAlone: nothing }, { version: '0.0.0', output: {} });

function told(place: Place): string {
  switch (place.is) {
    case 'command-name':
    case 'option':
      return `${place.is} of ${place.of.name()}`;
    case 'value':
      return `value of ${place.option.long ?? ''}`;
    case 'argument':
      return `argument ${place.argument.name()} of ${place.of.name()}`;
    case 'program':
      return `program from ${place.firstWord}`;
  }
}

describe('The word at the cursor', () => {
  for (const [words, expected] of [
    [[''], 'command-name of wlock'],
    [['--json', ''], 'command-name of wlock'],
    [['-'], 'command-name of wlock'],
    [['--'], 'option of wlock'],
    [['--root', ''], 'value of --root'],
    [['--root', 'a', 'lis'], 'command-name of wlock'],
    [['help', 'li'], 'command-name of wlock'],
    [['guard', ''], 'command-name of guard'],
    [['guard', 'snippet', ''], 'argument manager of snippet'],
    [['release', ''], 'argument id of release'],
    [['release', 'a', ''], 'argument id of release'],
    [['release', '--token', 't', ''], 'argument id of release'],
    [['release', '--token', '--all'], 'value of --token'],
    [['renew', 'a', ''], 'option of renew'],
    [['list', ''], 'option of list'],
    [['list', '--verdict', 'live', ''], 'value of --verdict'],
    [['list', '--verdict', 'live', '--'], 'option of list'],
    [['list', '--verdict=live', '--pro'], 'option of list'],
    [['list', '--holder=a'], 'value of --holder'],
    [['doctor', '--prove', ''], 'value of --prove'],
    [['doctor', '--prove', '--se'], 'option of doctor'],
    [['check', '--', '-x'], 'argument path of check'],
    [['run', ''], 'option of run'],
    [['run', 'gi'], 'program from 1'],
    [['run', '--wait', 'gi'], 'program from 2'],
    [['run', '--path', 'a', '--', ''], 'program from 4'],
    [['run', '--', 'git', '--ver'], 'program from 2'],
    [['run', 'git', '--path', ''], 'program from 1'],
    [['nosuch', ''], 'option of wlock'],
  ] as const) {
    it(`is the ${expected} in: wlock ${words.join(' ')}|`, () => {
      assert.equal(told(placeOf(program, words.slice(0, -1), words.at(-1) ?? '')), expected);
    });
  }

  it('has a kind of value only for options and arguments that there are', () => {
    const all = (command: Command): readonly string[] => [
      ...optionsOf(command).flatMap(({ long }) => long ?? []),
      ...command.registeredArguments.map((argument) => argument.name()),
      ...command.commands.flatMap(all),
    ];
    const known = new Set(all(program));
    assert.deepEqual(
      Object.keys(valueKinds).filter((name) => !known.has(name)),
      [],
    );
  });
});

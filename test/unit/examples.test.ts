/** Every command's help ends with examples, and each of them is a line that wlock understands. */
import assert from 'node:assert/strict';
import type { Command } from 'commander';
import { readBashLine } from '../../src/cli/completion/bashLine.ts';
import { createProgram } from '../../src/cli/program.ts';

/** What a command prints as its help. */
function helpOf(names: readonly string[]): string {
  let help = '';
  const program = programThat(
    () => undefined,
    (text) => (help += text),
  );
  assert.throws(() => program.parse([...names, '--help'], { from: 'user' }));
  return help;
}

/** A program that only reads what it is told. */
function programThat(understands: (command: Command) => void, says: (text: string) => void = () => undefined): Command {
  const run = (command: Command): Promise<void> => Promise.resolve(understands(command));
  const output = { writeOut: says, writeErr: says };
  return createProgram({ run, runAlone: run }, { version: '0.0.0', output });
}

function visibleCommands(command: Command, above: readonly string[] = []): readonly (readonly string[])[] {
  const below = command.createHelp().visibleCommands(command);
  const own = below.filter((each) => command.commands.includes(each));
  return [above, ...own.flatMap((each) => visibleCommands(each, [...above, each.name()]))];
}

function exampleLines(help: string): readonly string[] {
  const [, examples = ''] = help.split('\nExamples:\n');
  return examples.split('\n').filter((line) => line !== '' && !line.startsWith('  # '));
}

describe('Help', () => {
  const commands = visibleCommands(programThat(() => undefined));

  it('knows all commands, the ones below guard too', () => {
    assert.ok(commands.some((names) => names.join(' ') === 'guard install'));
    assert.ok(commands.length > 18, `${commands.length}`);
  });

  for (const names of commands) {
    const name = ['wlock', ...names].join(' ');
    it(`of ${name} ends with one to three examples`, () => {
      const lines = exampleLines(helpOf(names));
      assert.ok(lines.length >= 1 && lines.length <= 3, helpOf(names));
      for (const line of lines) assert.ok(line.includes(name), `${line} shows ${name}`);
    });

    for (const line of exampleLines(helpOf(names))) {
      it(`has an example that wlock understands: ${line.trim()}`, async () => {
        const understood: Command[] = [];
        const program = programThat((command) => understood.push(command));
        const [, call = ''] = /(wlock .*?)(?:\)| \| .*)?$/.exec(line) ?? [];
        const [, ...words] = readBashLine(call.replace('$$', `${process.pid}`)).words.map(({ text }) => text);
        await program.parseAsync(words, { from: 'user' });
        assert.equal(understood.length, 1);
      });
    }
  }
});

/** One schedule again, step by step, for people. */
import { messageOf } from '../../src/core/errors.ts';
import { scenariosAt, type Scale } from './scenarios.ts';
import { prepare } from './search.ts';
import { stepTo, type Choice, type World } from './world.ts';

const longestLine = 180;

/** @param text `scenario/0.0.1.0x.t`: its name, and who moves */
export function* replay(text: string, scale: Scale): Iterable<string> {
  const [name = '', steps = ''] = text.split('/');
  const scenario = scenariosAt(scale).find((each) => each.name === name);
  if (!scenario) throw new Error(`There is no scenario ${name}.`);
  const { actors, world } = prepare(scenario);
  let now = world;
  for (const choice of steps.split('.').filter((each) => each !== '')) {
    yield describe(choice, now);
    try {
      now = stepTo(now, choice, actors, scenario.rules);
    } catch (error) {
      yield messageOf(error);
      return;
    }
  }
}

function describe(choice: Choice, { actors }: World): string {
  if (choice === 't') return 'time passes';
  const actor = actors[Number.parseInt(choice, 10)];
  const operation = actor?.place.operation;
  const what = operation ? `${operation.name} ${JSON.stringify(operation.args).slice(1, -1)}` : 'exits';
  const how = choice.endsWith('z')
    ? 'is stopped before '
    : choice.endsWith('x')
      ? 'is killed before '
      : actor?.half === undefined
        ? ''
        : 'second half of ';
  return `process ${Number.parseInt(choice, 10)} ${how}${what}`.slice(0, longestLine);
}

/** A nondeterministic automaton (Thompson's construction): its size and every walk over it are linear in the expression. */
import type { CharSet } from './charSet.ts';
import type { RegexNode } from './regexSyntax.ts';

/** States refer to each other by index. */
export type State =
  | { readonly kind: 'accept' }
  | { readonly kind: 'char'; readonly set: CharSet; readonly next: number }
  | { readonly kind: 'fork'; readonly left: number; readonly right: number }
  /** Passable at the first character, or after the last one. */
  | { readonly kind: 'start'; readonly next: number }
  | { readonly kind: 'end'; readonly next: number }
  /** Passable where the automaton beginning at `body` can reach an accepting state, or cannot. */
  | { readonly kind: 'look'; readonly body: number; readonly negative: boolean; readonly next: number };

export interface Automaton {
  readonly states: readonly State[];
  readonly start: number;
}

export function buildAutomaton(regex: RegexNode): Automaton {
  const states: State[] = [{ kind: 'accept' }];
  const start = append(states, regex, 0);
  return { states, start };
}

/** Adds the states of `node`, which continue at `next`, and returns the first of them. */
function append(states: State[], node: RegexNode, next: number): number {
  switch (node.kind) {
    case 'char':
      return push(states, { kind: 'char', set: node.set, next });
    case 'start':
    case 'end':
      return push(states, { kind: node.kind, next });
    case 'look': {
      const body = append(states, node.body, push(states, { kind: 'accept' }));
      return push(states, { kind: 'look', body, negative: node.negative, next });
    }
    case 'sequence':
      return node.parts.reduceRight((after, part) => append(states, part, after), next);
    case 'either': {
      const starts = node.choices.map((choice) => append(states, choice, next));
      return starts.reduceRight((right, left) => push(states, { kind: 'fork', left, right }));
    }
    case 'repeat':
      return appendRepeat(states, node, next);
  }
}

/** One copy of a looping body, also for `+`: copies would double with each level of nesting. */
function appendRepeat(states: State[], { body, min, max }: RegexNode & { kind: 'repeat' }, next: number): number {
  if (max === Infinity) {
    const loop = push(states, { kind: 'accept' }); // A placeholder until its body is known.
    const left = append(states, body, loop);
    states[loop] = { kind: 'fork', left, right: next };
    return min === 0 ? loop : left;
  }
  let start = next;
  for (let i = min; i < max; i++)
    start = push(states, { kind: 'fork', left: append(states, body, start), right: next });
  for (let i = 0; i < min; i++) start = append(states, body, start);
  return start;
}

function push(states: State[], state: State): number {
  return states.push(state) - 1;
}

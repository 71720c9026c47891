import type { Automaton, State } from './automaton.ts';

/**
 * Exactly what `RegExp.test` answers, in time proportional to states × characters whatever the pattern: JavaScript's
 * own engine backtracks, and takes minutes for `*a*a*a*a*a*b`.
 *
 * Walks the text backwards and keeps, for each place, the set of states from which the rest is accepted. So a
 * look-around at a place is a mere look-up.
 */
export function runAutomaton(automaton: Automaton, text: string): boolean {
  const { states, start } = automaton;
  let after = new Uint8Array(states.length);
  let here = new Uint8Array(states.length);
  for (let place = text.length; place >= 0; place--) {
    here.fill(0);
    const unit = place < text.length ? text.charCodeAt(place) : -1;
    let index = 0;
    for (const state of states) {
      if (state.kind === 'char' && after[state.next] === 1 && unit !== -1 && state.set.has(unit)) here[index] = 1;
      index++;
    }
    settle(states, here, place === 0, place === text.length);
    [after, here] = [here, after];
  }
  return after[start] === 1;
}

/** Adds the states that need no character. A loop's fork comes before its body, so nested loops need some rounds. */
function settle(states: readonly State[], live: Uint8Array, first: boolean, last: boolean): void {
  let changed = true;
  while (changed) {
    changed = false;
    let index = 0;
    for (const state of states) {
      if (live[index] === 0 && isLive(state, live, first, last)) {
        live[index] = 1;
        changed = true;
      }
      index++;
    }
  }
}

function isLive(state: State, live: Uint8Array, first: boolean, last: boolean): boolean {
  switch (state.kind) {
    case 'accept':
      return true;
    case 'char':
      return false;
    case 'fork':
      return live[state.left] === 1 || live[state.right] === 1;
    case 'start':
      return first && live[state.next] === 1;
    case 'end':
      return last && live[state.next] === 1;
    case 'look':
      return live[state.next] === 1 && (live[state.body] === 1) !== state.negative;
  }
}

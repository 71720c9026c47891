/** Few colours, for words that a person looks for; never in JSON. */
import type { Verdict } from '../core/verdict.ts';

/** SGR parameters of ECMA-48, on and off. */
const styles = {
  good: [32, 39],
  bad: [31, 39],
  doubtful: [33, 39],
  faint: [2, 22],
} as const;
export type Style = keyof typeof styles;

/** As the editor has it: what stands in nobody's way recedes. */
export const styleOfVerdict: Readonly<Record<Verdict, Style>> = {
  live: 'good',
  unknown: 'doubtful',
  stale: 'faint',
  malformed: 'bad',
};

/** Gives a text its colour, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_style, text) => text;

const coloured: Paint = (style, text) => {
  const [on, off] = styles[style];
  return `\u001b[${on}m${text}\u001b[${off}m`;
};

/** For one stream: NO_COLOR forbids, else FORCE_COLOR decides, else a terminal that is not dumb has them. As in commander. */
export function paintFor(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): Paint {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  if (isSet(NO_COLOR)) return plain;
  if (isSet(FORCE_COLOR)) return FORCE_COLOR === '0' || FORCE_COLOR === 'false' ? plain : coloured;
  return stream.isTTY === true && TERM !== 'dumb' ? coloured : plain;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

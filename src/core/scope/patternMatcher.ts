import picomatch from 'picomatch';
import { automataMeet } from './automataMeet.ts';
import { type Automaton, buildAutomaton } from './automaton.ts';
import { type CaseRule, foldText, isAscii } from './foldCase.ts';
import { parseRegex, type RegexNode } from './regexSyntax.ts';
import { runAutomaton } from './runAutomaton.ts';
import { EVERYTHING, StepTable } from './stepTable.ts';
import { expandPosixClasses } from './posixClasses.ts';
import { ScopeError } from './scopeError.ts';

/**
 * `dot`: else `src/**` misses `src/.env`. `posix`: else `[!a]` matches `a` (DEPENDENCIES.md, section 3).
 * `windows: false`: paths here have slashes everywhere. `maxExtglobRecursion: false`: else picomatch turns patterns that
 * could make a backtracking engine slow into literal text, and the lock covers nothing; ours are run in linear time.
 */
const MICROMATCH_OPTIONS = { dot: true, posix: true, windows: false, maxExtglobRecursion: false };

/** About 5 ns each: no call of the native engine may take longer than some milliseconds. */
const MAX_NATIVE_STEPS = 1_000_000;

/** States × characters, some 20 ns each. */
const MAX_AUTOMATON_STEPS = 1_000_000;
/** In UTF-16 units. Hardly a file has so long a path, and a scope may have a thousand patterns. */
const MAX_AUTOMATON_CHARS = 1024;

/** One brace alternative of a glob, without its literal leading segments, ready to compare. Compiled on first use. */
export class PatternMatcher {
  readonly pattern: string;
  readonly #fold: boolean;
  #compiled: Compiled | undefined;
  #steps: StepTable | undefined;
  readonly #completing = new Map<number, boolean>();
  constructor(pattern: string, { fold }: CaseRule) {
    this.pattern = pattern;
    this.#fold = fold;
  }

  /** `relative` is canonical, not '', and folded if this matcher folds. */
  test(relative: string): boolean {
    const { native, loops, automaton, ending } = this.#compile();
    if (!relative.endsWith(ending)) return false;
    if (native !== undefined && Math.pow(relative.length, loops) <= MAX_NATIVE_STEPS) return native.test(relative);
    // What would take longer counts as covered: a lock is never read as less.
    if (relative.length > MAX_AUTOMATON_CHARS || automaton.states.length * relative.length > MAX_AUTOMATON_STEPS) {
      return true;
    }
    return runAutomaton(automaton, relative);
  }

  /** The same pattern for comparison with others; `!()` is widened. */
  get steps(): StepTable {
    this.#steps ??= new StepTable(this.#compile().automaton);
    return this.#steps;
  }

  /** Whether some path goes on from a place, which is to begin a name. */
  completes(place: number): boolean {
    const known = this.#completing.get(place);
    if (known !== undefined) return known;
    const found = automataMeet({ table: this.steps, from: [place] }, { table: EVERYTHING, from: EVERYTHING.begin });
    this.#completing.set(place, found);
    return found;
  }

  /** The literal end that every match has, such as `.ts`; folded. Two patterns with different ends cannot meet. */
  get ending(): string {
    return this.#compile().ending;
  }

  /** @throws ScopeError `invalid-pattern` for a pattern that micromatch cannot make sense of */
  check(): void {
    compile(this.pattern, this.#fold);
  }

  #compile(): Compiled {
    this.#compiled ??= compileOrWiden(this.pattern, this.#fold);
    return this.#compiled;
  }
}

interface Compiled {
  readonly automaton: Automaton;
  /** Undefined where JavaScript's own engine could take exponential time, or folds otherwise than we do. */
  readonly native: RegExp | undefined;
  /** The native engine needs at most (characters ^ loops) steps. */
  readonly loops: number;
  readonly ending: string;
}

/** What a record says and nobody can read covers all that it might. */
function compileOrWiden(pattern: string, fold: boolean): Compiled {
  try {
    return compile(pattern, fold);
  } catch (error) {
    if (error instanceof ScopeError) return compile('**', fold);
    throw error;
  }
}

function compile(pattern: string, fold: boolean): Compiled {
  // A leading `!` would negate; it is an ordinary character here (`readScope` refused what people meant as negation).
  const literalBang = pattern.startsWith('!') && !pattern.startsWith('!(') ? `\\${pattern}` : pattern;
  const text = withShortEnd(expandPosixClasses(fold ? literalBang.normalize('NFC') : literalBang));
  const { source } = picomatch.makeRe(text, MICROMATCH_OPTIONS);
  // picomatch hides a syntax error, such as that of `[z-a]`, behind an expression that matches nothing.
  if (!source.startsWith('^')) throw cannotCompile(pattern);
  const regex = parse(pattern, source, fold);
  const automaton = buildAutomaton(regex);
  const loops = countLoops(regex);
  const useNative = Number.isFinite(loops) && !(fold && !isAscii(text));
  return {
    automaton,
    // `s`: a file name may contain a line break, and `**` must not miss it.
    native: useNative ? new RegExp(source, fold ? 'si' : 's') : undefined,
    loops,
    ending: fold ? foldText(literalEnding(text)) : literalEnding(text),
  };
}

/**
 * picomatch reads a run of backslashes as one or two, and never ends where a run of four or more ends a pattern, as it steps
 * over the end.
 */
function withShortEnd(pattern: string): string {
  return pattern.replace(/\\{4,}$/, (run) => (run.length % 2 === 0 ? '\\\\' : '\\\\\\'));
}

function literalEnding(pattern: string): string {
  return /[^*?[\](){}!+@|\\/]*$/.exec(pattern)?.[0] ?? '';
}

function parse(pattern: string, source: string, fold: boolean): RegexNode {
  try {
    return parseRegex(source, fold);
  } catch (error) {
    if (error instanceof SyntaxError) throw cannotCompile(pattern);
    throw error;
  }
}

function cannotCompile(pattern: string): ScopeError {
  return new ScopeError(
    'invalid-pattern',
    `The pattern ${JSON.stringify(pattern)} is not a valid glob.`,
    'Look for a range such as `[z-a]` or for repeated wildcards after a group; `\\` makes a character literal.',
  );
}

/** The degree of the polynomial that bounds a backtracking engine; Infinity if nothing simple does. */
function countLoops(node: RegexNode): number {
  switch (node.kind) {
    case 'char':
    case 'start':
    case 'end':
      return 0;
    case 'look':
      return countLoops(node.body);
    case 'sequence':
      return sum(node.parts.map(countLoops));
    case 'either':
      return sum(node.choices.map(countLoops));
    case 'repeat':
      if (node.max === Infinity) return isOneCharacter(node.body) ? 1 : Infinity;
      return countLoops(node.body) * node.max;
  }
}

/** Exactly one character, perhaps after look-arounds without loops of their own. */
function isOneCharacter(node: RegexNode): boolean {
  if (node.kind === 'char') return true;
  if (node.kind !== 'sequence') return false;
  const rest = node.parts.filter((part) => part.kind !== 'look' || countLoops(part) > 0);
  const [only] = rest;
  return rest.length === 1 && only !== undefined && isOneCharacter(only);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

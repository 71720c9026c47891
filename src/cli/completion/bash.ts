import { quotedForBash, readBashLine } from './bashLine.ts';
import { completionOf, type Candidate, type Surroundings } from './candidates.ts';
import { completeWordName } from './shells.ts';

/**
 * Ids and holders' names come from files that anybody may have written. So the answer is read line by line, and neither it nor
 * what is typed is ever evaluated, as `eval` and `compgen -W` would.
 */
export const bashScript = `# bash completion of wlock: source <(wlock completion bash)

_wlock() {
  local kind rest line
  COMPREPLY=()
  compopt +o default 2>/dev/null
  {
    read -r kind rest
    while IFS= read -r line; do COMPREPLY+=("$line"); done
  } < <(command wlock ${completeWordName} bash -- "\${COMP_LINE:0:COMP_POINT}" "$2" "$COMP_TYPE" 2>/dev/null)
  case $kind in
    files) compopt -o default 2>/dev/null ;;
    folders) compopt -o dirnames 2>/dev/null ;;
    program) _wlock_program "$rest" "$2" ;;
  esac
}

# The words of the program that wlock run starts; it begins at character $1 of the line.
_wlock_program() {
  local i at=0 rest line
  for ((i = 0; i < COMP_CWORD; i++)); do
    rest=\${COMP_LINE:at}
    rest=\${rest%%"\${COMP_WORDS[i]}"*}
    ((at + \${#rest} >= $1)) && break
    ((at += \${#rest} + \${#COMP_WORDS[i]}))
  done
  if declare -F _comp_command_offset >/dev/null; then
    _comp_command_offset "$i"
  elif declare -F _command_offset >/dev/null; then
    _command_offset "$i"
  elif ((i < COMP_CWORD)); then
    compopt -o default 2>/dev/null
  else
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -c -- "$2")
  fi
}

complete -o default -F _wlock wlock
`;

/**
 * @param line what has been typed up to the cursor, from the command on
 * @param replaced what bash will replace: the end of the last word, behind an open quote or a `:` or `=`
 * @param type COMP_TYPE, which says whether bash only wants to show the candidates
 */
export async function answerForBash(
  [line = '', replaced = '', type = '']: readonly string[],
  surroundings: Surroundings,
): Promise<string> {
  const { words } = readBashLine(line);
  const typed = words.slice(1);
  const current = typed.at(-1);
  if (!current) return 'words\n';
  const completion = await completionOf(
    typed.map(({ text }) => text),
    surroundings,
  );
  switch (completion.kind) {
    case 'files':
    case 'folders':
      return `${completion.kind}\n`;
    case 'program': {
      const start = typed[completion.firstWord]?.start ?? line.length;
      return `program ${Array.from(line.slice(0, start)).length}\n`; // bash counts characters
    }
    case 'words': {
      const kept = readBashLine(line.slice(current.start, line.length - replaced.length));
      const fitting = completion.candidates.filter(({ value }) => value.startsWith(current.text));
      const shown = (candidate: Candidate): string => {
        const end = candidate.value.slice(kept.words[0].text.length);
        const form = quotedForBash(end, kept.quote);
        return fitting.length > 1 && isListing(type) ? withDescription(form, candidate) : form;
      };
      return ['words', ...fitting.map(shown), ''].join('\n');
    }
  }
}

/** `?`, `!` and `@`: several are shown, and at most what they have in common is put into the line. */
function isListing(type: string): boolean {
  return ['63', '33', '64'].includes(type);
}

function withDescription(form: string, { description }: Candidate): string {
  return description === '' ? form : `${form}  (${description})`;
}

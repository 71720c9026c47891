import { answerInWords } from './answerInWords.ts';
import type { Surroundings } from './candidates.ts';
import { completeWordName } from './shells.ts';

/** `(Q)` takes the quotes away and evaluates nothing; candidates are quoted by zsh itself. */
export const zshScript = `#compdef wlock
# zsh completion of wlock, after compinit: source <(wlock completion zsh)
# Or save it as _wlock in a folder of $fpath.

_wlock() {
  local kind word
  local -a answer before candidates
  for word in "\${(@)words[2,CURRENT-1]}"; do before+=("\${(Q)word}"); done
  answer=("\${(@f)$(command wlock ${completeWordName} zsh -- "\${(@)before}" "\${(Q)PREFIX}" 2>/dev/null)}")
  kind=\${answer[1]}
  candidates=("\${(@)answer[2,-1]}")
  [[ $PREFIX == --*=* && $kind == (files|folders) ]] && compset -P '*='
  case $kind in
    words) (( $#candidates )) && _describe wlock candidates ;;
    files) _files ;;
    folders) _files -/ ;;
    program\\ *)
      shift \${kind#* } words
      shift words
      (( CURRENT -= \${kind#* } + 1 ))
      _normal
      ;;
  esac
}

if [[ \${funcstack[1]} == _wlock ]]; then
  _wlock "$@"
elif (( $+functions[compdef] )); then
  compdef _wlock wlock
fi
`;

/** `_describe` splits at the first colon that has no backslash. */
export async function answerForZsh(words: readonly string[], surroundings: Surroundings): Promise<string> {
  return await answerInWords(words, surroundings, ({ value, description }) => {
    const escaped = value.replace(/[\\:]/g, '\\$&');
    return description === '' ? escaped : `${escaped}:${description}`;
  });
}

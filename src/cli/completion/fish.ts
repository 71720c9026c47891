import { answerInWords } from './answerInWords.ts';
import type { Surroundings } from './candidates.ts';
import { completeWordName } from './shells.ts';

/** fish quotes candidates itself; words of another program are escaped before it looks at them again. */
export const fishScript = `# fish completion of wlock: wlock completion fish | source

function __wlock_complete
    set -l before (commandline -opc)
    set -e before[1]
    set -l current (commandline -ct)
    set -l answer (command wlock ${completeWordName} fish -- $before "$current" 2>/dev/null)
    set -l kind (string split ' ' -- "$answer[1]")
    set -e answer[1]
    set -l option (string match -r -- '^--[^=]+=' "$current")
    switch "$kind[1]"
        case words
            printf '%s\\n' $answer
        case files
            for file in (complete -C "'' "(string replace -r -- '^--[^=]+=' '' "$current"))
                printf '%s\\n' "$option$file"
            end
        case folders
            for folder in (__fish_complete_directories (string replace -r -- '^--[^=]+=' '' "$current") '')
                printf '%s\\n' "$option$folder"
            end
        case program
            for word in (seq $kind[2])
                set -e before[1]
            end
            complete -C (string join ' ' -- (string escape -- $before) "$current")
    end
end

complete -c wlock -f -a '(__wlock_complete)'
`;

/** A tab stands before the description. */
export async function answerForFish(words: readonly string[], surroundings: Surroundings): Promise<string> {
  return await answerInWords(words, surroundings, ({ value, description }) =>
    description === '' ? value : `${value}\t${description}`,
  );
}

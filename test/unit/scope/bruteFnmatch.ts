/** Python's fnmatch on POSIX, by trying: whole string, case-sensitive, and every wildcard matches `/` too (PROTOCOLS 2.4). */
export function fnmatches(text: string, pattern: string): boolean {
  if (pattern === '') return text === '';
  const [char = ''] = pattern;
  if (char === '*') return fnmatches(text, pattern.slice(1)) || (text !== '' && fnmatches(text.slice(1), pattern));
  if (text === '') return false;
  const end = char === '[' ? endOfSet(pattern) : -1;
  if (end > 0) {
    return isInSet(text[0] ?? '', pattern.slice(1, end)) && fnmatches(text.slice(1), pattern.slice(end + 1));
  }
  return (char === '?' || char === text[0]) && fnmatches(text.slice(1), pattern.slice(1));
}

function endOfSet(pattern: string): number {
  let from = 1;
  if (pattern[from] === '!') from++;
  if (pattern[from] === ']') from++;
  return pattern.indexOf(']', from);
}

function isInSet(char: string, set: string): boolean {
  const isNegated = set.startsWith('!');
  let isIn = false;
  for (let i = isNegated ? 1 : 0; i < set.length; i++) {
    const from = set[i] ?? '';
    const to = set[i + 2];
    if (set[i + 1] === '-' && to !== undefined) {
      isIn ||= from <= char && char <= to;
      i += 2;
    } else {
      isIn ||= from === char;
    }
  }
  return isIn !== isNegated;
}

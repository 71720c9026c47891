/** Edits of a JSON text that leave every other character as its author wrote it. Pure. */

export type JsonNode = { readonly start: number; readonly end: number } & (
  | { readonly kind: 'object'; readonly members: readonly JsonMember[] }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'plain' }
);

export interface JsonMember {
  readonly key: string;
  /** Where its key begins. */
  readonly start: number;
  readonly end: number;
  readonly value: JsonNode;
}

export type JsonContainer = Exclude<JsonNode, { readonly kind: 'plain' }>;

/** Where everything stands in the text. @throws SyntaxError where it is no JSON */
export function readJson(text: string): JsonNode {
  JSON.parse(text);
  return new Scanner(text).value();
}

export function valueOf(text: string, { start, end }: JsonNode): unknown {
  return JSON.parse(text.slice(start, end));
}

/** Of two members with one key the later one counts, as for `JSON.parse`. */
export function memberOf(node: JsonNode | undefined, key: string): JsonMember | undefined {
  return node?.kind === 'object' ? node.members.findLast((member) => member.key === key) : undefined;
}

/** Adds an item or, with its key, a member behind all others. */
export function append(text: string, container: JsonContainer, value: unknown, key?: string): string {
  const { unit, lineEnd } = layoutOf(text);
  const last = childrenOf(container).at(-1);
  const outer = indentAt(text, container.start);
  const isOnLines = last ? /^\s*$/.test(lineBefore(text, last.start)) && text.includes('\n') : unit !== '';
  const inner = last && isOnLines ? lineBefore(text, last.start) : outer + unit;
  const plain = isOnLines ? JSON.stringify(value, undefined, unit) : JSON.stringify(value);
  const shown = (key === undefined ? '' : `${JSON.stringify(key)}:${isOnLines ? ' ' : ''}`) + plain;
  const child = isOnLines ? lineEnd + inner + shown.replaceAll('\n', lineEnd + inner) : shown;
  if (last) return `${text.slice(0, last.end)},${child}${text.slice(last.end)}`;
  const closing = isOnLines ? lineEnd + outer : '';
  return text.slice(0, container.start + 1) + child + closing + text.slice(container.end - 1);
}

/** Takes away one child, with the comma that it needed. */
export function remove(text: string, container: JsonContainer, index: number): string {
  const children = childrenOf(container);
  const [before, child, after] = [children[index - 1], children[index], children[index + 1]];
  if (!child) return text;
  const start = after ? child.start : before ? before.end : container.start + 1;
  const end = after ? after.start : before ? child.end : container.end - 1;
  return text.slice(0, start) + text.slice(end);
}

function childrenOf(container: JsonContainer): readonly { readonly start: number; readonly end: number }[] {
  return container.kind === 'object' ? container.members : container.items;
}

interface Layout {
  /** One step of indentation; none where all stands on one line. */
  readonly unit: string;
  readonly lineEnd: string;
}

function layoutOf(text: string): Layout {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const isOneLine = !text.trim().includes('\n') && !/^\{\s*\}$/.test(text.trim());
  return { unit: isOneLine ? '' : (/^\s*\{\s*?\n([ \t]+)/.exec(text)?.[1] ?? '  '), lineEnd };
}

function indentAt(text: string, at: number): string {
  return /^[ \t]*/.exec(lineBefore(text, at))?.[0] ?? '';
}

function lineBefore(text: string, at: number): string {
  return text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
}

/** Of a text that is known to be JSON. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): JsonNode {
    this.#skip(/\s*/y);
    const start = this.#at;
    switch (this.#text[start]) {
      case '{': {
        const members = this.#children('}', () => this.#member());
        return { kind: 'object', start, end: this.#at, members };
      }
      case '[': {
        const items = this.#children(']', () => this.value());
        return { kind: 'array', start, end: this.#at, items };
      }
      default:
        this.#skip(/"(?:[^"\\]|\\.)*"|[^\s,\]}]+/y);
        return { kind: 'plain', start, end: this.#at };
    }
  }

  #member(): JsonMember {
    const key = this.value();
    this.#skip(/\s*:/y);
    const value = this.value();
    return { key: String(valueOf(this.#text, key)), start: key.start, end: value.end, value };
  }

  #children<T>(close: string, read: () => T): readonly T[] {
    const found: T[] = [];
    this.#at++;
    for (;;) {
      this.#skip(/[\s,]*/y);
      if (this.#text[this.#at] === close) break;
      found.push(read());
    }
    this.#at++;
    return found;
  }

  #skip(what: RegExp): void {
    what.lastIndex = this.#at;
    if (what.test(this.#text)) this.#at = what.lastIndex;
  }
}

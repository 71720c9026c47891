/** Our hooks in the text of a settings file of Claude Code, beside whatever else stands in it. Pure. */
import { writingTools } from './event.ts';
import { append, memberOf, readJson, remove, valueOf, type JsonContainer, type JsonNode } from './jsonText.ts';

export interface Wanted {
  /** Lock each file for the session before its first edit. */
  readonly acquire: boolean;
}

/** What Claude Code runs, and after how many seconds it goes on without an answer. */
interface Handler {
  readonly type: 'command';
  readonly command: string;
  readonly timeout: number;
}

/** One entry of an event's list. */
interface Group {
  readonly matcher?: string;
  readonly hooks: readonly Handler[];
}

/** Says in words what stands in our way. */
export class UnfitSettings extends Error {
  override readonly name = 'UnfitSettings';
}

const timeoutSeconds = 10;

/**
 * Ends well whatever becomes of `wlock`: Claude Code forbids the edit where a hook exits 2, as an older `wlock` does that does
 * not know this command. `$PPID` of its shell is Claude Code.
 */
function commandOf({ acquire }: Wanted): string {
  const missing = 'wlock hook: wlock is not on the PATH, so locks are not checked';
  return `command -v wlock >/dev/null 2>&1 || { echo '${missing}' >&2; exit 0; }; ${ourCommand}${acquire ? ' --acquire' : ''} --pid $PPID; exit 0`;
}

/** Also in a line that its user has changed, or another version of ours has written. */
const ourCommand = 'wlock hook claude-code';

function groupsOf(wanted: Wanted): Readonly<Record<string, Group>> {
  const hooks = [{ type: 'command', command: commandOf(wanted), timeout: timeoutSeconds }] as const;
  return {
    PreToolUse: { matcher: Object.keys(writingTools).join('|'), hooks },
    SessionStart: { hooks },
    ...(wanted.acquire ? { SessionEnd: { hooks } } : {}),
  };
}

/** The same text where our hooks stand in it already. @throws UnfitSettings */
export function withHooks(text: string, wanted: Wanted): string {
  const groups = groupsOf(wanted);
  if (text.trim() === '') return freshSettings(groups);
  if (isInstalled(text, groups)) return text;
  let changed = withoutHooks(text);
  const hooks = memberOf(objectOf(changed), 'hooks');
  if (!hooks) return append(changed, objectOf(changed), listed(groups), 'hooks');
  for (const [event, group] of Object.entries(groups)) {
    const into = hooksOf(changed);
    const list = memberOf(into, event)?.value;
    if (list && list.kind !== 'array') throw new UnfitSettings(`its hooks.${event} is no list`);
    changed = list ? append(changed, list, group) : append(changed, into, [group], event);
  }
  return changed;
}

/** Containers that are empty then go too. @throws UnfitSettings */
export function withoutHooks(text: string): string {
  let changed = text;
  for (;;) {
    const place = placeOfOurs(changed);
    if (!place) return changed;
    changed = remove(changed, place.container, place.index);
  }
}

/** It is what install writes where there is no file, so that nobody else has any part in it. */
export function isOursAlone(text: string): boolean {
  return [true, false].some((acquire) => text === freshSettings(groupsOf({ acquire })));
}

/** Nothing stands in it. */
export function isEmptySettings(text: string): boolean {
  return /^\s*(\{\s*\}\s*)?$/.test(text);
}

function freshSettings(groups: Readonly<Record<string, Group>>): string {
  return `${JSON.stringify({ hooks: listed(groups) }, undefined, 2)}\n`;
}

function listed(groups: Readonly<Record<string, Group>>): Readonly<Record<string, readonly Group[]>> {
  return Object.fromEntries(Object.entries(groups).map(([event, group]) => [event, [group]]));
}

function isInstalled(text: string, groups: Readonly<Record<string, Group>>): boolean {
  const ours = handlersIn(text).filter(({ handler }) => isOurs(text, handler));
  const found = ours.map(({ event, group }) => [event, valueOf(text, group)]);
  const asText = (entries: readonly unknown[]): string =>
    JSON.stringify(entries.map((each) => JSON.stringify(each)).sort());
  return asText(found) === asText(Object.entries(groups));
}

interface Place {
  readonly container: JsonContainer;
  readonly index: number;
}

/** The largest thing around one of our handlers that has nothing else in it. */
function placeOfOurs(text: string): Place | undefined {
  const ours = handlersIn(text).find(({ handler }) => isOurs(text, handler));
  if (!ours) return undefined;
  const { handlers, handler, list, group, event } = ours;
  if (handlers.items.length > 1) return { container: handlers, index: handlers.items.indexOf(handler) };
  if (list.items.length > 1) return { container: list, index: list.items.indexOf(group) };
  const root = objectOf(text);
  const hooks = hooksOf(text);
  if (hooks.members.length > 1)
    return { container: hooks, index: hooks.members.findLastIndex(({ key }) => key === event) };
  return { container: root, index: root.members.findLastIndex(({ key }) => key === 'hooks') };
}

interface HandlerPlace {
  readonly event: string;
  readonly list: JsonArray;
  readonly group: JsonNode;
  readonly handlers: JsonArray;
  readonly handler: JsonNode;
}

type JsonArray = Extract<JsonNode, { readonly kind: 'array' }>;
type JsonObject = Extract<JsonNode, { readonly kind: 'object' }>;

/** What others have put there in another shape is theirs, and Claude Code's, to judge. */
function handlersIn(text: string): readonly HandlerPlace[] {
  const hooks = memberOf(objectOf(text), 'hooks') ? hooksOf(text).members : [];
  return hooks.flatMap(({ key: event, value: list }) => {
    if (list.kind !== 'array') return [];
    return list.items.flatMap((group) => {
      const handlers = memberOf(group, 'hooks')?.value;
      if (handlers?.kind !== 'array') return [];
      return handlers.items.map((handler) => ({ event, list, group, handlers, handler }));
    });
  });
}

function isOurs(text: string, handler: JsonNode): boolean {
  const command = memberOf(handler, 'command');
  const line = command && valueOf(text, command.value);
  return typeof line === 'string' && line.includes(ourCommand);
}

function objectOf(text: string): JsonObject {
  let node: JsonNode;
  try {
    node = readJson(text);
  } catch {
    throw new UnfitSettings('it is not JSON');
  }
  if (node.kind !== 'object') throw new UnfitSettings('it is JSON, but no object');
  return node;
}

function hooksOf(text: string): JsonObject {
  const hooks = memberOf(objectOf(text), 'hooks')?.value;
  if (hooks?.kind !== 'object') throw new UnfitSettings('its hooks is no object');
  return hooks;
}

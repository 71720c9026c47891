import { escapeForDisplay } from '../core/display.ts';
import type { Lock } from '../core/lock.ts';
import { describeLock, formatAge, formatExpiry, holderOf } from '../core/sentences.ts';
import { styleOfVerdict, type Paint } from './colours.ts';
import { idText, table } from './lockText.ts';

/** `long` also says mode, expiry, token and reason, each in a column of its own. */
export type TableForm = 'short' | 'long';

interface View {
  readonly root: string;
  /** Epoch ms. */
  readonly now: number;
  readonly paint: Paint;
}

interface Column {
  readonly title: string;
  readonly text: (lock: Lock, view: View) => string;
}

const maxReasonChars = 80;

const holder: Column = { title: 'HOLDER', text: (lock) => holderOf(lock) + (lock.mine ? ' (mine)' : '') };
const scope: Column = { title: 'SCOPE', text: (lock, { root }) => describeLock(lock, root) };
const age: Column = { title: 'AGE', text: (lock, { now }) => formatAge(lock, now) };
const state: Column = { title: 'STATE', text: (lock, view) => verdictText(lock, view) };
const id: Column = { title: 'ID', text: idText };
/** Without columns of their own, what is out of the ordinary stands behind the state. */
const fullState: Column = {
  title: 'STATE',
  text: (lock, view) =>
    [verdictText(lock, view), ...(lock.mode === 'shared' ? ['shared'] : []), formatExpiry(lock, view.now) ?? []]
      .flat()
      .join(', '),
};

const columns: Readonly<Record<TableForm, readonly Column[]>> = {
  short: [holder, scope, age, fullState, id],
  long: [
    holder,
    scope,
    age,
    state,
    { title: 'MODE', text: ({ mode }) => mode },
    { title: 'EXPIRY', text: (lock, { now }) => formatExpiry(lock, now) ?? '-' },
    { title: 'TOKEN', text: ({ token }) => token ?? '-' },
    id,
    // Last, because it is the only one that may be long.
    { title: 'REASON', text: ({ reason }) => (reason === undefined ? '-' : escapeForDisplay(reason, maxReasonChars)) },
  ],
};

function verdictText({ verdict }: Lock, { paint }: View): string {
  return paint(styleOfVerdict[verdict], verdict);
}

export function lockTable(locks: readonly Lock[], form: TableForm, view: View): string {
  const chosen = columns[form];
  return table([chosen.map(({ title }) => title), ...locks.map((lock) => chosen.map(({ text }) => text(lock, view)))]);
}

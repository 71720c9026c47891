/** A happening in words. Names and scopes are others' words: escaped here, and only ever text on the page. */
import * as vscode from 'vscode';
import { escapeForDisplay } from '../../core/display.ts';
import { shortDuration } from '../../core/shortDuration.ts';
import type { Happening, Hold, HoldEnd, WaitEnd, WaitSpan } from '../../core/timeline.ts';
import type { Placed } from '../../core/timelineLanes.ts';
import type { Item } from './activityMessage.ts';

const maxNameChars = 80;
const maxScopeChars = 300;

export function nameText(name: string): string {
  return name === '' ? vscode.l10n.t('somebody') : escapeForDisplay(name, maxNameChars);
}

export function scopeText(scope: string | undefined): string {
  if (scope === undefined) return vscode.l10n.t('(scope not remembered)');
  return scope === '' ? vscode.l10n.t('(nothing)') : escapeForDisplay(scope, maxScopeChars);
}

export function itemOf({ happening, row }: Placed): Item {
  const { key, kind, from, to, mode } = happening;
  const holder = nameText(happening.holder);
  const scope = scopeText(happening.scope);
  const isKnown = kind !== 'wait' || happening.end !== 'unknown';
  const lasted = isKnown ? shortDuration(to - from) : '–';
  const outcome = outcomeOf(happening);
  const place = mode === 'shared' ? vscode.l10n.t('{0} (shared)', scope) : scope;
  return {
    key,
    kind,
    end: kind === 'refusal' ? 'refused' : happening.end,
    from,
    to,
    row,
    ...partsOf(happening, holder, place, lasted, outcome),
    holder,
    scope: place,
    outcome,
  };
}

function partsOf(
  happening: Happening,
  holder: string,
  scope: string,
  lasted: string,
  outcome: string,
): Pick<Item, 'what' | 'lasted' | 'says'> {
  switch (happening.kind) {
    case 'hold':
      return {
        what: vscode.l10n.t('held'),
        lasted,
        says: vscode.l10n.t('{0} held {1} for {2}: {3}.', holder, scope, lasted, outcome),
      };
    case 'wait':
      return {
        what: vscode.l10n.t('waited'),
        lasted,
        says: vscode.l10n.t('{0} waited for {1} for {2}: {3}.', holder, scope, lasted, outcome),
      };
    case 'refusal':
      return {
        what: vscode.l10n.t('refused'),
        lasted: '',
        says: vscode.l10n.t('{0} did not get {1}: {2}.', holder, scope, outcome),
      };
  }
}

export function outcomeOf(happening: Happening): string {
  switch (happening.kind) {
    case 'hold':
      return holdOutcome(happening.end, happening);
    case 'wait':
      return waitOutcome(happening.end, happening);
    case 'refusal':
      return happening.count === 1
        ? vscode.l10n.t('refused')
        : vscode.l10n.t('refused {0} times within a second', happening.count);
  }
}

function holdOutcome(end: HoldEnd, { by }: Hold): string {
  const who = escapeForDisplay(by ?? '', maxNameChars);
  switch (end) {
    case 'held':
      return vscode.l10n.t('still held');
    case 'stale':
      return vscode.l10n.t('left over, its holder is gone');
    case 'released':
      return vscode.l10n.t('released');
    case 'reaped':
      return who === '' ? vscode.l10n.t('reaped') : vscode.l10n.t('reaped by {0}', who);
    case 'forced':
      return who === '' ? vscode.l10n.t('released by force') : vscode.l10n.t('released by force by {0}', who);
    case 'lost':
      return vscode.l10n.t('lost: its record was taken away');
    case 'unknown':
      return vscode.l10n.t('over, nobody wrote down how');
  }
}

function waitOutcome(end: WaitEnd, { to, from }: WaitSpan): string {
  switch (end) {
    case 'waiting':
      return vscode.l10n.t('still waiting');
    case 'granted':
      return vscode.l10n.t('got it');
    case 'timed-out':
      return to === from ? vscode.l10n.t('refused') : vscode.l10n.t('gave up');
    case 'unknown':
      return vscode.l10n.t('over, nobody wrote down how');
  }
}

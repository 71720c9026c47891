/** From a store's journal and snapshot to what the page shows of it. */
import * as vscode from 'vscode';
import { escapeForDisplay } from '../../core/display.ts';
import { shortDuration } from '../../core/shortDuration.ts';
import { statsOf, type HotSpot } from '../../core/stats.ts';
import { timelineOf, type Happening } from '../../core/timeline.ts';
import { lanesOf, type Lane } from '../../core/timelineLanes.ts';
import type { LockManager } from '../../manager/lockManager.ts';
import type { LongestWait, Range, Section } from './activityMessage.ts';
import { itemOf, nameText, outcomeOf, scopeText } from './itemTexts.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const rangeMs: Readonly<Record<Range, number>> = { hour: hourMs, day: 24 * hourMs, all: Infinity };

/** Scopes in the timeline: more would be a list to read, not a picture to look at. */
const mostLanes = 100;
/** Of hot spots and of longest waits. */
const mostRows = 10;
/** What is shorter than this part of the whole is drawn as long: a few pixels. */
const leastPart = 1 / 150;

/** @param title of the root, where the window has several */
export async function sectionOf(manager: LockManager, range: Range, title: string | undefined): Promise<Section> {
  const { root, os, problem } = manager;
  const lines = await manager.journal();
  const { locks, waiters, takenAt } = manager.snapshot;
  const now = os.now();
  const earliest = now - rangeMs[range];
  const source = { lines, locks, waiters, takenAt, root: root.path, now };
  const { happenings, leftOut } = timelineOf(source, earliest);
  const { hotSpots } = statsOf(lines.filter(({ at }) => at >= earliest));
  const oldest = happenings.reduce((least, { from }) => Math.min(least, from), now - minuteMs);
  const from = Math.max(earliest, oldest); // no more than there is to see
  const hotScopes = hotSpots.map(({ scope }) => scope);
  const lanes = lanesOf(happenings, hotScopes, (now - from) * leastPart);
  return {
    root: root.path,
    title: title === undefined ? undefined : escapeForDisplay(title, 80),
    from,
    to: now,
    lanes: lanes
      .slice(0, mostLanes)
      .map(({ scope, rows, placed }) => ({ scope: scopeText(scope), rows, items: placed.map(itemOf) })),
    notes: notesOf(leftOut, lanes, problem),
    nothing: happenings.length === 0 ? nothingOf(lines.length) : undefined,
    hotSpots: hotSpots.slice(0, mostRows).map((spot) => hotSpotCells(spot, happenings)),
    longestWaits: longestWaitsOf(happenings),
  };
}

function notesOf(leftOut: number, lanes: readonly Lane[], problem: Error | undefined): readonly string[] {
  const hidden = lanes.length - mostLanes;
  return [
    ...(problem ? [escapeForDisplay(problem.message, 300)] : []),
    ...(leftOut > 0 ? [vscode.l10n.t('{0} older ones are left out.', leftOut)] : []),
    ...(hidden > 0 ? [vscode.l10n.t('{0} quieter scopes are left out.', hidden)] : []),
  ];
}

function nothingOf(remembered: number): Section['nothing'] {
  return remembered === 0
    ? {
        title: vscode.l10n.t('Nothing has been locked here yet.'),
        advice: vscode.l10n.t(
          'Lock the active file with “Workspace Locks: Acquire Lock”, or run “wlock run --scope src -- COMMAND” in a terminal.',
        ),
      }
    : {
        title: vscode.l10n.t('Nothing happened in this time.'),
        advice: vscode.l10n.t('Choose a longer time: earlier holds and waits are remembered.'),
      };
}

function hotSpotCells({ scope, acquisitions, refusals }: HotSpot, happenings: readonly Happening[]): readonly string[] {
  const waitsMs = happenings.flatMap((each) =>
    each.kind === 'wait' && each.end !== 'unknown' && each.scope === scope ? each.to - each.from : [],
  );
  const longest = waitsMs.length === 0 ? '–' : shortDuration(Math.max(...waitsMs));
  return [scopeText(scope), String(acquisitions), String(refusals), longest];
}

function longestWaitsOf(happenings: readonly Happening[]): readonly LongestWait[] {
  return happenings
    .flatMap((each) => (each.kind === 'wait' && each.end !== 'unknown' ? [each] : []))
    .sort((a, b) => b.to - b.from - (a.to - a.from))
    .slice(0, mostRows)
    .map((wait) => ({
      at: wait.from,
      cells: [nameText(wait.holder), scopeText(wait.scope), shortDuration(wait.to - wait.from), outcomeOf(wait)],
    }));
}

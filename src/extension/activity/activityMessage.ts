/**
 * What the extension and the page of the Activity view say to each other. Texts in it are in the person's language and
 * safe for a screen, times are epoch ms: the page writes them, because it may be in another time zone than the extension.
 */
import type { Happening, HoldEnd, WaitEnd } from '../../core/timeline.ts';

export const ranges = ['hour', 'day', 'all'] as const;
export type Range = (typeof ranges)[number];

/** From the page: it has been loaded, or another range was chosen. */
export interface RangeMessage {
  readonly range: Range;
}

/** One hold, wait or refusal. */
export interface Item {
  /** Stays the same from one message to the next. */
  readonly key: string;
  readonly kind: Happening['kind'];
  readonly end: HoldEnd | WaitEnd | 'refused';
  readonly from: number;
  readonly to: number;
  readonly row: number;
  /** One sentence with all of it but the time of day. */
  readonly says: string;
  readonly what: string;
  readonly holder: string;
  readonly scope: string;
  readonly lasted: string;
  readonly outcome: string;
}

export interface LaneOfItems {
  readonly scope: string;
  readonly rows: number;
  readonly items: readonly Item[];
}

/** One root of the window. */
export interface Section {
  readonly root: string;
  /** Undefined where the window has one root only. */
  readonly title: string | undefined;
  readonly from: number;
  readonly to: number;
  readonly lanes: readonly LaneOfItems[];
  /** Sentences: what is not shown, what could not be read. */
  readonly notes: readonly string[];
  /** In place of a timeline that has nothing in it. */
  readonly nothing: { readonly title: string; readonly advice: string } | undefined;
  /** Cells of the tables, without their headings. */
  readonly hotSpots: readonly (readonly string[])[];
  readonly longestWaits: readonly LongestWait[];
}

export interface LongestWait {
  readonly at: number;
  readonly cells: readonly string[];
}

/** To the page. */
export interface ActivityMessage {
  readonly range: Range;
  readonly sections: readonly Section[];
  /** In place of all sections. */
  readonly notes: readonly string[];
}

/** Start here: the page of the Activity view. It draws what the extension says, keeps nothing and asks nobody else. */
import {
  ranges,
  type ActivityMessage,
  type Item,
  type Range,
  type RangeMessage,
  type Section,
} from '../activityMessage.ts';
import { Details } from './details.ts';
import { drawItem } from './drawItem.ts';
import { part } from './elements.ts';
import { KeyedChildren } from './keyedChildren.ts';
import { drawNotes, SectionView } from './sectionView.ts';

/** What VS Code keeps while the tab is hidden, and over a reload of the window. */
interface Kept {
  readonly range: Range;
  readonly tables: boolean;
  readonly scrollY: number;
}

declare function acquireVsCodeApi(): {
  postMessage(message: RangeMessage): void;
  getState(): Partial<Kept> | undefined;
  setState(kept: Kept): void;
};

const vscode = acquireVsCodeApi();
const details = new Details();
const notes = part(document, '#notes', HTMLElement);
const tables = part(document, '#tables', HTMLButtonElement);
const template = part(document, '#section', HTMLTemplateElement);
const rangeButtons = [...document.querySelectorAll<HTMLButtonElement>('[data-range]')];
const sections = new KeyedChildren<Section>(part(document, '#sections', HTMLElement), ({ root }) => root, makeSection);

let kept: Kept = { range: 'day', tables: false, scrollY: 0, ...vscode.getState() };
let isDrawn = false;

for (const sign of document.querySelectorAll<SVGElement>('#legend svg')) {
  const { kind, end } = sign.dataset as Pick<Item, 'kind' | 'end'>;
  drawItem(sign, { kind, end }, kind === 'refusal' ? { start: 50, length: 0 } : { start: 5, length: 65 }, 10);
}
for (const button of rangeButtons) {
  button.addEventListener('click', () => {
    const range = ranges.find((each) => each === button.dataset['range']);
    if (range) ask(range);
  });
}
tables.addEventListener('click', () => {
  keep({ tables: !kept.tables });
  drawTables();
});
addEventListener('scrollend', () => keep({ scrollY: Math.round(scrollY) }));
addEventListener('message', ({ data }: MessageEvent<ActivityMessage>) => draw(data));
drawTables();
ask(kept.range);

function ask(range: Range): void {
  keep({ range });
  vscode.postMessage({ range });
}

function keep(change: Partial<Kept>): void {
  kept = { ...kept, ...change };
  vscode.setState(kept);
}

function draw(message: ActivityMessage): void {
  for (const button of rangeButtons) {
    button.setAttribute('aria-pressed', String(button.dataset['range'] === message.range));
  }
  const focused = document.activeElement;
  drawNotes(notes, message.notes);
  sections.draw(message.sections);
  if (focused instanceof SVGElement && document.activeElement !== focused && focused.isConnected) {
    focused.focus({ preventScroll: true }); // moving an element takes its focus away
  }
  if (!isDrawn) scrollTo(0, kept.scrollY);
  isDrawn = true;
}

function drawTables(): void {
  tables.setAttribute('aria-pressed', String(kept.tables));
  document.body.classList.toggle('with-tables', kept.tables);
}

function makeSection(): SectionView {
  const frame = part(template.content.cloneNode(true) as DocumentFragment, 'section', HTMLElement);
  return new SectionView(frame, (item, goBack) => details.open(item, goBack));
}

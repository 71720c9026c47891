/** What Enter or a click shows of one happening; Escape leads back to it. */
import type { Item } from '../activityMessage.ts';
import { part } from './elements.ts';
import { endText, timeText } from './timeText.ts';

export class Details {
  readonly #frame = part(document, '#details', HTMLElement);
  #goBack: (() => void) | undefined;

  constructor() {
    part(this.#frame, 'button', HTMLElement).addEventListener('click', () => this.#close());
    document.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape' && !this.#frame.hidden) this.#close();
    });
  }

  open(item: Item, goBack: () => void): void {
    this.#goBack = goBack;
    part(this.#frame, '.says', HTMLElement).textContent = item.says;
    part(this.#frame, '.from', HTMLElement).textContent = timeText(item.from);
    part(this.#frame, '.to', HTMLElement).textContent = endText(item);
    this.#frame.hidden = false;
    this.#frame.focus();
  }

  #close(): void {
    this.#frame.hidden = true;
    this.#goBack?.();
  }
}

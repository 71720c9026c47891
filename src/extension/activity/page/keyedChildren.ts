/** What is drawn of one datum. */
export interface Drawn<Datum> {
  readonly element: Element;
  draw(datum: Datum): void;
}

/**
 * The children of an element, one for each datum. Who is there already is drawn anew rather than made anew, and moved
 * only where the order has changed: so focus, selection and scroll stay where the reader had them.
 */
export class KeyedChildren<Datum> {
  readonly #parent: Element;
  readonly #keyOf: (datum: Datum) => string;
  readonly #make: (datum: Datum) => Drawn<Datum>;
  readonly #drawn = new Map<string, Drawn<Datum>>();

  constructor(parent: Element, keyOf: (datum: Datum) => string, make: (datum: Datum) => Drawn<Datum>) {
    this.#parent = parent;
    this.#keyOf = keyOf;
    this.#make = make;
  }

  draw(data: readonly Datum[]): void {
    const wanted = new Set(data.map(this.#keyOf));
    for (const [key, { element }] of this.#drawn) {
      if (wanted.has(key)) continue;
      element.remove();
      this.#drawn.delete(key);
    }
    let next = this.#parent.firstElementChild;
    for (const datum of data) {
      const key = this.#keyOf(datum);
      const drawn = this.#drawn.get(key) ?? this.#make(datum);
      this.#drawn.set(key, drawn);
      drawn.draw(datum);
      if (drawn.element === next) next = next.nextElementSibling;
      else this.#parent.insertBefore(drawn.element, next);
    }
  }
}

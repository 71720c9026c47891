// What `screen.ts` runs in the page; plain, because what compiles TypeScript adds calls that the page does not know.

/** @typedef {{ frames: Map<string, number>, wanted: string, wasThere: boolean }} Rows */

/** Notes, by text, the frame in which its row has come or gone. */
export function watchRows() {
  /** @type {Rows} */
  const rows = { frames: new Map(), wanted: '', wasThere: false };
  const look = () => {
    const all = [...document.querySelectorAll('.monaco-list-row')];
    const isThere = all.some((row) => row.textContent.includes(rows.wanted));
    if (rows.wanted === '' || isThere === rows.wasThere) return;
    rows.wasThere = isThere;
    const key = `${rows.wanted} ${isThere}`;
    requestAnimationFrame(() => rows.frames.set(key, Date.now()));
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
  Object.assign(globalThis, { wlockRows: rows });
}

/** @param {string} text of the row to look for from now on */
export function want(text) {
  const { wlockRows } = /** @type {{ wlockRows: Rows }} */ (/** @type {unknown} */ (globalThis));
  wlockRows.wanted = text;
  wlockRows.wasThere = false;
}

/** @param {string} key the text, and whether it came */
export function frameOf(key) {
  const { wlockRows } = /** @type {{ wlockRows: Rows }} */ (/** @type {unknown} */ (globalThis));
  return wlockRows.frames.get(key);
}

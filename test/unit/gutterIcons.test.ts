import assert from 'node:assert/strict';
import * as fs from 'node:fs';

/** Editors of VS Code's own themes: dark and dark high contrast, light and light high contrast. */
const backgrounds = { '': ['#121314', '#1e1e1e', '#1f1f1f', '#000000'], '-light': ['#ffffff', '#f8f8f8'] } as const;

/** WCAG 2.2, relative luminance of `#rrggbb`. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

describe('The icons beside line 1', () => {
  for (const [suffix, behind] of Object.entries(backgrounds)) {
    for (const kind of ['locked', 'mine']) {
      it(`stand out from the editor: gutter-${kind}${suffix}.svg`, () => {
        const text = fs.readFileSync(new URL(`../../media/gutter-${kind}${suffix}.svg`, import.meta.url), 'utf8');
        const colors = [...text.matchAll(/#[0-9a-f]{6}/g)].map(([color]) => color);
        assert.notEqual(colors.length, 0);
        for (const color of colors)
          for (const background of behind) assert.ok(contrast(color, background) >= 3, `${color} on ${background}`);
      });
    }
  }
});

// Runs in the page, so it is JavaScript as it stands: what compiles TypeScript for the tests adds calls that the page lacks.

/**
 * How well what is drawn and written stands out from what is behind it, and how well it has to (WCAG 1.4.3 and 1.4.11).
 * @param {Element} body
 * @returns {{ what: string, ratio: number, least: number }[]}
 */
export function contrasts(body) {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (!canvas) throw new Error('There is no canvas.');
  /** @param {readonly string[]} colors the later over the earlier */
  const luminance = (colors) => {
    for (const color of colors) {
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
    }
    const [red = 0, green = 0, blue = 0] = [...canvas.getImageData(0, 0, 1, 1).data].map((part) =>
      part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  /** @param {readonly string[]} behind @param {string} color */
  const ratio = (behind, color) => {
    const [light = 0, dark = 0] = [luminance(behind), luminance([...behind, color])].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const ground = getComputedStyle(body).backgroundColor;
  const drawn = [...document.querySelectorAll('.bar, .mark')].map((part) => {
    const { fill, stroke } = getComputedStyle(part);
    const group = part.closest('[data-kind]');
    const colors = [fill, stroke].filter((color) => color !== 'none');
    return {
      what: `${group?.getAttribute('data-kind')} ${group?.getAttribute('data-end')} ${part.tagName}`,
      ratio: Math.max(...colors.map((color) => ratio([ground], color))),
      least: 3,
    };
  });
  const names = [...document.querySelectorAll('.name')].map((name) => {
    const bar = name.closest('[data-kind]')?.querySelector('.bar');
    const { fill } = getComputedStyle(bar ?? name);
    return { what: `name ${name.textContent}`, ratio: ratio([ground, fill], getComputedStyle(name).fill), least: 4.5 };
  });
  const texts = 'h1, button, .hint, .label, #legend li, .axis span, th, td, caption';
  const written = [...document.querySelectorAll(texts)].map((part) => {
    const { color, backgroundColor } = getComputedStyle(part);
    return {
      what: `${part.tagName} ${part.textContent}`,
      ratio: ratio([ground, backgroundColor], color),
      least: 4.5,
    };
  });
  return [...drawn, ...names, ...written];
}

/** Charts as SVG, by Vega, without a browser. White behind them, so that they can be read on a dark page too. */
import { parse, View, type Axis, type Legend, type Mark, type Scale, type Spec } from 'vega';
import type { Chart, Point } from './part.ts';

const font = 'DejaVu Sans, Verdana, sans-serif';
const colors = ['#0b5fff', '#6aa5ff', '#00a3a3', '#000000', '#d1495b', '#f08a24', '#8f5bb3', '#3d8b37', '#8c6d46'];

export async function svgOf(chart: Chart): Promise<string> {
  const view = new View(parse(specOf(chart)), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}

function specOf(chart: Chart): Spec {
  switch (chart.kind) {
    case 'lines':
      return linesSpec(chart);
    case 'dots':
      return dotsSpec(chart);
  }
}

/** Both axes are logarithmic: a straight line is a way that looks at everything, a level one is a way that does not. */
function linesSpec({ title, x, y, points }: Chart): Spec {
  return {
    ...frame(title, points, { width: 560, height: 380 }),
    scales: [logScale('x', 'width', 'x'), logScale('y', 'height', 'y'), ...seriesScales(points)],
    // Nothing has no place on a logarithmic axis: what was measured among none is drawn where 1 would be.
    axes: [logAxis('x', x, "datum.value === 1 ? '0' : "), logAxis('y', y)],
    legends: [legend],
    marks: [
      {
        type: 'group',
        from: { facet: { name: 'line', data: 'points', groupby: 'series' } },
        marks: [
          {
            type: 'line',
            from: { data: 'line' },
            encode: {
              enter: {
                x: { scale: 'x', field: 'x' },
                y: { scale: 'y', field: 'y' },
                stroke: { scale: 'color', field: 'series' },
                strokeWidth: { value: 2 },
              },
            },
          },
          symbols({ scale: 'y', field: 'y' }, 'line'),
        ],
      },
    ],
  };
}

/** A dot for each value: bars would need a zero, which a logarithmic axis has not. */
function dotsSpec({ title, x, points }: Chart): Spec {
  const names = [...new Set(points.map((point) => String(point.x)))];
  const swapped = points.map(({ series, x: name, y }) => ({ series, name, x: y }));
  return {
    ...frame(title, swapped, { width: 560, height: 46 * names.length }),
    scales: [
      logScale('x', 'width', 'x'),
      { name: 'y', type: 'point', domain: names, range: 'height', padding: 0.6 },
      ...seriesScales(points),
    ],
    axes: [
      logAxis('x', x),
      {
        scale: 'y',
        orient: 'left',
        grid: true,
        gridColor: '#e3e3e3',
        labelFont: font,
        labelFontSize: 12,
        labelLimit: 0,
      },
    ],
    legends: [legend],
    marks: [symbols({ scale: 'y', field: 'name' }, 'points')],
  };
}

const legend = {
  fill: 'color',
  stroke: 'color',
  shape: 'shape',
  labelFont: font,
  labelFontSize: 11,
  labelLimit: 0,
  symbolSize: 60,
} satisfies Legend;

function frame(title: string, values: readonly object[], size: { readonly width: number; readonly height: number }) {
  return {
    ...size,
    background: '#ffffff',
    padding: 16,
    title: { text: title, font, fontSize: 15, anchor: 'start', offset: 12 },
    data: [{ name: 'points', values: [...values] }],
  } satisfies Spec;
}

function logScale(name: string, range: 'width' | 'height', field: string): Scale {
  return { name, type: 'log', base: 10, nice: true, range, domain: { data: 'points', field } };
}

function seriesScales(points: readonly Point[]): readonly Scale[] {
  const domain = [...new Set(points.map(({ series }) => series))];
  const shapes = ['circle', 'square', 'triangle-up', 'diamond', 'cross'];
  return [
    { name: 'color', type: 'ordinal', domain, range: colors },
    { name: 'shape', type: 'ordinal', domain, range: shapes },
  ];
}

/** Powers of ten only: the labels between them would lie on top of each other. */
function logAxis(scale: 'x' | 'y', title: string, otherwise = ''): Axis {
  return {
    scale,
    title,
    orient: scale === 'x' ? 'bottom' : 'left',
    grid: true,
    gridColor: '#e3e3e3',
    labelFont: font,
    titleFont: font,
    labelFontSize: 11,
    titleFontSize: 12,
    tickCount: 6,
    encode: {
      labels: { update: { text: { signal: `${otherwise}${isPowerOfTen} ? format(datum.value, ',') : ''` } } },
      grid: { update: { opacity: { signal: `${isPowerOfTen} ? 1 : 0.4` } } },
    },
  };
}

const isPowerOfTen = 'abs(log(datum.value) / LN10 - round(log(datum.value) / LN10)) < 0.001';

function symbols(y: { readonly scale: string; readonly field: string }, data: string): Mark {
  const color = { scale: 'color', field: 'series' };
  return {
    type: 'symbol',
    from: { data },
    encode: {
      enter: {
        x: { scale: 'x', field: 'x' },
        y,
        shape: { scale: 'shape', field: 'series' },
        size: { value: 60 },
        fill: color,
        stroke: color,
      },
    },
  };
}

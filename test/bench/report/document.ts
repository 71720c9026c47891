/** Writes one run into `docs/benchmarks.md` and its plots into `media/`. What people wrote around the figures stays. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';
import { format, resolveConfig } from 'prettier';
import type { Pace } from '../harness/workbench.ts';
import { svgOf } from './chart.ts';
import { replaceFigures } from './figuresInPage.ts';
import { describeMachine } from './machine.ts';
import type { Chart, Part, Table, Target } from './part.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const documentFile = path.join(repository, 'docs', 'benchmarks.md');
/** Twice the size, for screens with small pixels. */
const pngZoom = 2;

const surroundings = {
  before: `# Benchmarks

    npm run bench

measures on this machine, in one run and in turns, what locks cost here beside everyone else's, and prints it. It takes about ten
minutes; \`-- --quick\` takes one and only shows that it works, \`-- --only cycle|contention|snapshot|cli|sizes\` measures one part, and
\`-- --write\` writes the figures of this page and its plots anew. Nothing is asserted: machines differ, and ratios of one run say
more than times.`,
  after: `## Reasons

What the figures cannot say: why a target was missed, and what comes next.`,
};

export async function writeDocument(parts: readonly Part[], pace: Pace): Promise<void> {
  const charts = parts.flatMap((part) => part.charts);
  for (const chart of charts) await writeChart(chart);
  const page = fs.existsSync(documentFile) ? fs.readFileSync(documentFile, 'utf8') : '';
  const text = replaceFigures(page, figures(parts, pace), surroundings);
  fs.writeFileSync(documentFile, await format(text, { ...(await resolveConfig(documentFile)), parser: 'markdown' }));
  console.log(
    `\nWritten: docs/benchmarks.md, ${charts.map(({ name }) => `media/bench-${name}.svg and .png`).join(', ')}`,
  );
}

async function writeChart(chart: Chart): Promise<void> {
  const svg = await svgOf(chart);
  const file = path.join(repository, 'media', `bench-${chart.name}`);
  fs.writeFileSync(`${file}.svg`, `${svg}\n`);
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: pngZoom },
    font: { loadSystemFonts: true, sansSerifFamily: 'DejaVu Sans' },
  });
  fs.writeFileSync(`${file}.png`, image.render().asPng());
}

function figures(parts: readonly Part[], pace: Pace): string {
  const when = new Date().toISOString().slice(0, 10);
  const warning = pace === 'quick' ? '\n\n**A quick run: the figures say little.**' : '';
  return [
    `Measured ${when}: ${describeMachine()}.${warning}`,
    '## Targets',
    targetsText(parts.flatMap(({ targets }) => targets)),
    ...parts.flatMap(({ title, tables, charts }) => [
      `## ${title}`,
      ...tables.flatMap((table) => tableText(table, title)),
      ...charts.map((chart) => `![${chart.title}](../media/bench-${chart.name}.svg)`),
    ]),
  ].join('\n\n');
}

function targetsText(targets: readonly Target[]): string {
  return markdownTable(
    ['what', 'target', 'measured', ''],
    targets.map(({ what, target, measured, isMet }) => [what, target, measured, isMet ? 'met' : '**not met**']),
    3,
  );
}

function tableText({ title, notes, columns, rows, textColumns }: Table, section: string): readonly string[] {
  const heading = title === section ? [] : [`### ${title}`];
  return [...heading, ...notes, markdownTable(columns, rows, textColumns)];
}

function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[], textColumns: number): string {
  const lineOf = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  const rule = `| ${columns.map((_, i) => (i < textColumns ? '---' : '---:')).join(' | ')} |`;
  return [lineOf(columns), rule, ...rows.map(lineOf)].join('\n');
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|');
}

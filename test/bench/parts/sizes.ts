/** What people download and what is loaded at once. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { packageVsix } from '../../installed/vsix.mjs';
import { npm } from '../../setup/npm.mjs';
import type { Workbench } from '../harness/workbench.ts';
import type { Part } from '../report/part.ts';
import { formatKib, formatMib } from '../report/units.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const kib = 1_024;

export async function measureSizes(bench: Workbench): Promise<Part> {
  const parts = JSON.parse(fs.readFileSync(path.join(repository, 'dist', 'parts.json'), 'utf8')) as Readonly<
    Record<string, readonly string[]>
  >;
  const entries = ['extension.cjs', 'cli.cjs', 'keeper.cjs', 'index.mjs'].map((name) => {
    const loaded = parts[`dist/${name}`];
    if (!loaded) throw new Error(`dist/parts.json does not say what dist/${name} loads.`);
    const files = loaded.map((file) => fs.readFileSync(path.join(repository, file)));
    return {
      name: `dist/${name} and what it loads at once`,
      bytes: sum(files.map(({ length }) => length)),
      zipped: sum(files.map((file) => gzipSync(file).length)),
    };
  });
  fs.mkdirSync(path.join(repository, 'dist', 'test'), { recursive: true });
  const vsixBytes = fs.statSync(packageVsix()).size;
  const tarball = await packedBytes(bench);
  const extensionBytes = entries[0]?.bytes ?? NaN;
  return {
    title: 'Sizes',
    tables: [
      {
        title: 'Sizes',
        notes: ['A KiB is 1 024 bytes. What a command or a view needs later is loaded then and not counted here.'],
        textColumns: 1,
        columns: ['what', 'as it is', 'compressed'],
        rows: [
          ...entries.map(({ name, bytes, zipped }) => [name, formatKib(bytes), formatKib(zipped)]),
          ['VSIX', '', formatKib(vsixBytes)],
          ['npm package', formatMib(tarball.unpacked), formatKib(tarball.packed)],
        ],
      },
    ],
    targets: [
      {
        what: 'extension bundle',
        target: '≤ 150 KB',
        measured: formatKib(extensionBytes),
        isMet: extensionBytes <= 150 * kib,
      },
      {
        what: 'VSIX, with the MCP server',
        target: '≤ 500 KB',
        measured: formatKib(vsixBytes),
        isMet: vsixBytes <= 500 * kib,
      },
    ],
    charts: [],
  };
}

/** Without its scripts, which would build again what is being measured. */
async function packedBytes(bench: Workbench): Promise<{ readonly packed: number; readonly unpacked: number }> {
  const folder = bench.newRoot();
  await npm(['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: repository });
  const tarball = path.join(folder, fs.readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '');
  const listed = execFileSync('tar', ['-tvzf', tarball], { encoding: 'utf8' });
  const sizes = listed.split('\n').map((line) => Number(line.split(/\s+/)[2] ?? 0));
  const bytes = { packed: fs.statSync(tarball).size, unpacked: sum(sizes) };
  await bench.clear();
  return bytes;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { shimFor, writeShim } from '../../src/extension/terminal/shimFile.ts';
import { removeFolder } from '../setup/removeFolder.mjs';

describe('The wlock of VS Code’s terminals', () => {
  let folder: string;
  const bin = (): string => path.join(folder, 'storage', 'bin');
  const file = (): string => path.join(bin(), 'wlock');

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'wlock-shim-'));
  });

  afterEach(() => {
    removeFolder(folder);
  });

  const program = (name: string): string => {
    const at = path.join(folder, name, 'cli.cjs');
    mkdirSync(path.dirname(at));
    writeFileSync(at, 'console.log(JSON.stringify([process.env.ELECTRON_RUN_AS_NODE, ...process.argv.slice(1)]))');
    return at;
  };

  it('runs the command line with the given Node.js and every word, whatever the folders are called', async () => {
    for (const name of ['plain', 'with spaces', 'Cleo’s', 'O\'Hara $HOME `id` \\ % "q"']) {
      const cli = program(name);
      await writeShim(bin(), shimFor('linux', process.execPath, cli));
      const answer = execFileSync(file(), ['run', '--', 'a b', '$c', "d'e"], { encoding: 'utf8' });
      assert.deepEqual(JSON.parse(answer), ['1', cli, 'run', '--', 'a b', '$c', "d'e"]);
    }
    assert.deepEqual(readdirSync(bin()), ['wlock'], 'nothing unfinished is left');
  });

  it('is replaced, never written into, when it has changed, and left alone while it has not', async () => {
    const shim = shimFor('linux', process.execPath, program('first'));
    await writeShim(bin(), shim);
    const before = statSync(file()).ino;
    await writeShim(bin(), shim);
    assert.equal(statSync(file()).ino, before);
    assert.equal(statSync(file()).mode & 0o777, 0o755);

    await writeShim(bin(), shimFor('linux', process.execPath, program('second')));
    assert.notEqual(statSync(file()).ino, before);
    assert.match(readFileSync(file(), 'utf8'), /second/);
    chmodSync(file(), 0o644);
    await writeShim(bin(), shimFor('linux', process.execPath, path.join(folder, 'second', 'cli.cjs')));
    assert.equal(statSync(file()).mode & 0o777, 0o755, 'whoever took the right to run it away');
  });

  it('is a command file on Windows', () => {
    const { name, content } = shimFor('win32', 'C:\\Program Files\\Code.exe', 'C:\\100%\\cli.cjs');
    assert.equal(name, 'wlock.cmd');
    assert.ok(
      content.endsWith('set ELECTRON_RUN_AS_NODE=1\r\n"C:\\Program Files\\Code.exe" "C:\\100%%\\cli.cjs" %*\r\n'),
    );
  });
});

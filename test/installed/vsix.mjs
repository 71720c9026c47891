// The VSIX as `npm run package` makes it, once for each process that asks.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** @type {string | undefined} */
let packaged;

/** @returns {string} its path */
export function packageVsix() {
  if (packaged !== undefined) return packaged;
  const file = join(root, 'dist', 'test', 'workspace-locks.vsix');
  execFileSync('npm', ['run', '--silent', 'package', '--', '--out', file], { cwd: root, stdio: 'pipe' });
  return (packaged = file);
}

/**
 * @param {string} vsix
 * @returns {readonly { readonly name: string, readonly text: string }[]} every file in it; its bytes as Latin-1
 */
export function readVsix(vsix) {
  const program = `import json, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
print(json.dumps([{"name": i.filename, "text": z.read(i).decode("latin-1")} for i in z.infolist()]))`;
  return JSON.parse(execFileSync('python3', ['-c', program, vsix], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }));
}

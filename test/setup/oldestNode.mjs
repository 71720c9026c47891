// The oldest Node.js that package.json allows, to see that what ships runs on it.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cacheFolder.mjs';
import { nodePackageHere } from './nodePackage.mjs';
import { npm } from './npm.mjs';

/** `engines` says `>=20.11`. */
function oldestVersion() {
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return `${/^>=(\d+\.\d+)$/.exec(engines.node)?.[1]}.0`;
}

/**
 * Installs it once into the cache folder; afterwards only looks.
 * @param {{ say?: (line: string) => void }} [options]
 * @returns {Promise<string>} the folder with `node`, for a PATH
 */
export async function findOldestNode({ say = console.log } = {}) {
  const version = oldestVersion();
  const name = nodePackageHere();
  const home = join(cacheFolder(), `${name}-${version}`);
  if (!existsSync(home)) {
    say(`Node.js ${version}: downloading (about 10 s) …`);
    const unfinished = `${home}.unfinished-${process.pid}`;
    mkdirSync(unfinished);
    try {
      writeFileSync(join(unfinished, 'package.json'), '{"private":true}\n'); // else npm installs into a parent that has one
      await npm(['install', '--ignore-scripts', `${name}@${version}`], { cwd: unfinished });
      if (!existsSync(home)) renameSync(unfinished, home);
    } finally {
      rmSync(unfinished, { recursive: true, force: true, maxRetries: 5 });
    }
  }
  return join(home, 'node_modules', name, 'bin');
}

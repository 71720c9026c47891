// How this harness calls npm: the very npm that runs it where there is one, and an environment that makes native packages build.
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from './command.mjs';

/**
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, signal?: AbortSignal }} options
 */
export function npm(args, { cwd, env = npmEnvironment(), signal }) {
  const quiet = [...args, '--no-audit', '--no-fund', '--no-progress'];
  const own = process.env['npm_execpath'];
  // Under yarn or pnpm npm_execpath names those; they do not understand our arguments.
  return own !== undefined && /npm-cli\.js$/.test(own)
    ? runCommand(process.execPath, [own, ...quiet], { cwd, env, signal })
    : runCommand('npm', quiet, { cwd, env, signal });
}

/**
 * The environment without what an outer `npm run` leaves in it: with `npm_config_local_prefix` an inner npm works in the
 * outer one's folder. With `npm_config_nodedir` where Node came with its headers: node-gyp otherwise downloads them, and
 * when that fails npm drops an optional native package without a word.
 * @param {string} [nodePrefix] the folder above `bin/node`
 * @returns {NodeJS.ProcessEnv}
 */
export function npmEnvironment(nodePrefix = dirname(dirname(realpathSync(process.execPath)))) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(npm_package_|npm_lifecycle_|npm_config_local_prefix$|INIT_CWD$)/.test(name),
    ),
  );
  if (existsSync(join(nodePrefix, 'include', 'node', 'node.h'))) env['npm_config_nodedir'] = nodePrefix;
  return env;
}

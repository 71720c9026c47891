import * as vm from 'node:vm';

/** A pattern that comes from a repository, on a text that comes from anywhere, must not hang us. */
const mostMs = 50;

const context = vm.createContext(Object.create(null) as object);
const script = new vm.Script('new RegExp(source, "u").exec(text)?.groups');

/** The named groups of the first match; undefined where nothing matches, or not in time. */
export function timedMatch(source: string, text: string): Readonly<Record<string, string | undefined>> | undefined {
  Object.assign(context, { source, text });
  try {
    const groups = script.runInContext(context, { timeout: mostMs }) as Record<string, string | undefined> | undefined;
    return groups && { ...groups };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  }
}

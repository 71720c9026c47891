import { realpathSync } from 'node:fs';
import { onPath } from '../setup/onPath.mjs';

export function hasDisplay() {
  return process.platform === 'darwin' || Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']);
}

/**
 * The desktop's `code`, if it can open a window of its own here. Not for root, whom it refuses; not in a terminal of a
 * remote window or in WSL, where `code` is a messenger to a VS Code on another machine.
 */
export function findDesktopCode() {
  if (!hasDisplay() || process.getuid?.() === 0) return undefined;
  if (process.env['VSCODE_IPC_HOOK_CLI'] || process.env['WSL_DISTRO_NAME']) return undefined;
  const code = onPath('code');
  return code && !/[\\/]remote-cli[\\/]/.test(realpathSync(code)) && !/[\\/]remote-cli[\\/]/.test(code)
    ? code
    : undefined;
}

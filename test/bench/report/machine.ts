import { statfsSync } from 'node:fs';
import * as os from 'node:os';
import { fileURLToPath } from 'node:url';

/** By their magic numbers, as `statfs` has them. */
const fileSystems = new Map([
  [0xef53, 'ext4'],
  [0x9123683e, 'btrfs'],
  [0x58465342, 'xfs'],
  [0x794c7630, 'overlayfs'],
  [0x01021994, 'tmpfs'],
]);

/** On what machine it was measured, and what else it was doing. */
export function describeMachine(): string {
  const cpus = os.cpus();
  const model = cpus[0]?.model.trim() ?? '';
  const { type } = statfsSync(fileURLToPath(new URL('.', import.meta.url)));
  const disk = fileSystems.get(type) ?? `file system 0x${type.toString(16)}`;
  const [load = 0] = os.loadavg();
  const named = model === '' || model === 'unknown' ? '' : ` (${model})`;
  return (
    `${cpus.length} cores${named}, ${os.type()} ${os.release()}, ${disk}, Node.js ${process.version}, ` +
    `load at the start ${load.toFixed(1)}`
  );
}

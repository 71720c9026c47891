import { createHash } from 'node:crypto';

/** Lower-case hex of the text's UTF-8. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** `npm run l10n`: writes the texts of the extension for translators. VS Code looks for `l10n/bundle.l10n.<language>.json`. */
import { writeFileSync } from 'node:fs';
import { bundleFile, bundleText, keysInSource } from './keysInSource.ts';

const { keys } = keysInSource();
writeFileSync(bundleFile, bundleText(keys));
console.log(`${keys.size} texts`);

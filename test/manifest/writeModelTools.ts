/** `npm run model-tools`: writes the model tools into `package.json`, after a change of src/manager/agents/agentTools.ts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { contributedTools } from './modelTools.ts';

const file = new URL('../../package.json', import.meta.url);
const manifest = JSON.parse(readFileSync(file, 'utf8')) as { contributes: Record<string, unknown> };
manifest.contributes['languageModelTools'] = contributedTools();
writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);

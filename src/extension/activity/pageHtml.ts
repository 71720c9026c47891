/** The page before it knows anything: its words and its frame. What comes from the journal is put in by the script, as text. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Range } from './activityMessage.ts';

export interface PageFiles {
  readonly script: vscode.Uri;
  readonly style: vscode.Uri;
}

/** Only our own style sheet and our own script run, and nothing reaches the network. */
export function pageHtml({ cspSource }: vscode.Webview, { script, style }: PageFiles): string {
  const nonce = randomBytes(16).toString('base64');
  const policy = `default-src 'none'; style-src ${cspSource}; script-src 'nonce-${nonce}'`;
  const language = vscode.l10n.bundle === undefined ? 'en' : vscode.env.language; // of the words, not of the person
  return `<!doctype html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<title>${escapeHtml(vscode.l10n.t('Lock Activity'))}</title>
<link rel="stylesheet" href="${escapeHtml(style.toString())}">
</head>
<body>
${bodyHtml()}
<script nonce="${nonce}" src="${escapeHtml(script.toString())}"></script>
</body>
</html>`;
}

function bodyHtml(): string {
  return `<main>
<header>
<h1>${escapeHtml(vscode.l10n.t('Lock Activity'))}</h1>
<div class="ranges" role="group" aria-label="${escapeHtml(vscode.l10n.t('Time shown'))}">
${rangeButton('hour', escapeHtml(vscode.l10n.t('1 hour')))}${rangeButton('day', escapeHtml(vscode.l10n.t('24 hours')))}${rangeButton('all', escapeHtml(vscode.l10n.t('All')))}
</div>
<button id="tables" type="button" aria-pressed="false">${escapeHtml(vscode.l10n.t('Show as Table'))}</button>
</header>
<ul id="legend" aria-label="${escapeHtml(vscode.l10n.t('Signs'))}">
${legendItem('hold', 'released', escapeHtml(vscode.l10n.t('held')))}
${legendItem('hold', 'held', escapeHtml(vscode.l10n.t('still held')))}
${legendItem('wait', 'granted', escapeHtml(vscode.l10n.t('waited')))}
${legendItem('refusal', 'refused', escapeHtml(vscode.l10n.t('refused, or gave up')))}
${legendItem('hold', 'reaped', escapeHtml(vscode.l10n.t('reaped, or left over')))}
${legendItem('hold', 'forced', escapeHtml(vscode.l10n.t('released by force, or lost')))}
</ul>
<div id="notes"></div>
<div id="sections"></div>
</main>
<aside id="details" aria-labelledby="details-title" tabindex="-1" hidden>
<h2 id="details-title">${escapeHtml(vscode.l10n.t('Details'))}</h2>
<p class="says"></p>
<dl>
<dt>${escapeHtml(vscode.l10n.t('From'))}</dt><dd class="from"></dd>
<dt>${escapeHtml(vscode.l10n.t('To'))}</dt><dd class="to"></dd>
</dl>
<button type="button">${escapeHtml(vscode.l10n.t('Close'))}</button>
</aside>
<template id="section">
<section>
<h2></h2>
<div class="notes"></div>
<div class="nothing"><h3></h3><p></p></div>
<div class="something">
<p class="hint">${escapeHtml(vscode.l10n.t('Arrow keys move through the timeline, Enter shows details, Escape goes back. Other tools keep no journal: of theirs, only the locks of now are shown.'))}</p>
<div class="timeline" role="group" aria-label="${escapeHtml(vscode.l10n.t('Timeline'))}">
<div class="axis" aria-hidden="true"></div>
<div class="lanes"></div>
</div>
<div class="summaries">
${tableHtml('hot-spots', escapeHtml(vscode.l10n.t('Hot spots')), [escapeHtml(vscode.l10n.t('Scope')), escapeHtml(vscode.l10n.t('Acquired')), escapeHtml(vscode.l10n.t('Refused')), escapeHtml(vscode.l10n.t('Longest wait'))])}
${tableHtml('longest-waits', escapeHtml(vscode.l10n.t('Longest waits')), [escapeHtml(vscode.l10n.t('Holder')), escapeHtml(vscode.l10n.t('Scope')), escapeHtml(vscode.l10n.t('Waited')), escapeHtml(vscode.l10n.t('Outcome')), escapeHtml(vscode.l10n.t('Since'))])}
</div>
<div class="all">
${tableHtml('happenings', escapeHtml(vscode.l10n.t('All that is shown above, the newest first')), [
  escapeHtml(vscode.l10n.t('Holder')),
  escapeHtml(vscode.l10n.t('What')),
  escapeHtml(vscode.l10n.t('Scope')),
  escapeHtml(vscode.l10n.t('From')),
  escapeHtml(vscode.l10n.t('To')),
  escapeHtml(vscode.l10n.t('How long')),
  escapeHtml(vscode.l10n.t('Outcome')),
])}
</div>
</div>
</section>
</template>`;
}

function rangeButton(range: Range, label: string): string {
  return `<button type="button" data-range="${range}" aria-pressed="false">${label}</button>`;
}

function legendItem(kind: string, end: string, label: string): string {
  return `<li><svg aria-hidden="true" data-kind="${kind}" data-end="${end}"></svg>${label}</li>`;
}

function tableHtml(name: string, caption: string, columns: readonly string[]): string {
  const headings = columns.map((column) => `<th scope="col">${column}</th>`).join('');
  return `<table class="${name}"><caption>${caption}</caption><thead><tr>${headings}</tr></thead><tbody></tbody></table>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

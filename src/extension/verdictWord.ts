import * as vscode from 'vscode';
import type { Verdict } from '../core/verdict.ts';

/** The verdict as people read it; DESIGN's own words where there is no translation. */
export function verdictWord(verdict: Verdict): string {
  switch (verdict) {
    case 'live':
      return vscode.l10n.t('live');
    case 'stale':
      return vscode.l10n.t('stale');
    case 'unknown':
      return vscode.l10n.t('unknown');
    case 'malformed':
      return vscode.l10n.t('malformed');
  }
}

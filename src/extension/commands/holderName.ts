import * as os from 'node:os';
import * as vscode from 'vscode';
import { settingIds } from '../ids.ts';

/** What others see on locks that are taken in VS Code. */
export function holderName(): string {
  const configured = vscode.workspace.getConfiguration(settingIds.section).get(settingIds.holderName, '').trim();
  return configured === '' ? os.userInfo().username : configured;
}

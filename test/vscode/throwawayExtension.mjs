// A small extension that does once each thing that ours does on the screen. The self-check proves the harness with it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const manifest = {
  name: 'throwaway',
  displayName: 'Throwaway',
  description: 'Proves the test harness.',
  publisher: 'workspace-locks',
  version: '0.0.1',
  license: 'MIT',
  repository: 'https://example.invalid/throwaway',
  engines: { vscode: '^1.101.0' },
  extensionKind: ['workspace'],
  activationEvents: ['onStartupFinished'],
  main: './main.js',
  contributes: {
    commands: [
      { command: 'throwaway.ask', title: 'Ask', category: 'Throwaway' },
      { command: 'throwaway.panel', title: 'Panel', category: 'Throwaway' },
    ],
    viewsContainers: { activitybar: [{ id: 'throwaway', title: 'Throwaway', icon: '$(lock)' }] },
    views: { throwaway: [{ id: 'throwaway.tree', name: 'Rows', icon: '$(lock)' }] },
  },
};

const main = `
const vscode = require('vscode');
exports.activate = (context) => {
  const started = context.globalState.get('started', 0) + 1;
  context.globalState.update('started', started);
  const tree = vscode.window.createTreeView('throwaway.tree', {
    treeDataProvider: {
      getChildren: (row) => (row ? [] : ['holder one', 'start ' + started]),
      getTreeItem: (row) => Object.assign(new vscode.TreeItem(row), {
        accessibilityInformation: { label: 'row ' + row }, iconPath: new vscode.ThemeIcon('lock') }),
    },
  });
  tree.badge = { value: 2, tooltip: '2 things concern you' };
  const item = vscode.window.createStatusBarItem('throwaway.item');
  item.text = '$(lock) throwaway';
  item.show();
  context.subscriptions.push(tree, item,
    vscode.window.registerFileDecorationProvider({ provideFileDecoration: (uri) =>
      uri.path.endsWith('locked.txt') ? { badge: 'L', tooltip: 'held by one', propagate: true } : undefined }),
    vscode.commands.registerCommand('throwaway.ask', async () => {
      const answer = await vscode.window.showWarningMessage('Really?', { modal: true, detail: 'A detail.' }, 'Do it');
      void vscode.window.showInformationMessage('Answer: ' + answer, 'Fine');
    }),
    vscode.commands.registerCommand('throwaway.panel', () => {
      const panel = vscode.window.createWebviewPanel('throwaway', 'Panel', 1, { enableScripts: true });
      panel.webview.html = '<p id="text">plain</p><script>document.getElementById("text").textContent = "script ran"</script>';
    }),
  );
  return { started };
};
`;

/** Runs inside the extension host, through the stand-in. `FAIL_ON_PURPOSE` makes it fail. */
const tests = `
const fs = require('node:fs');
const path = require('node:path');
const vscode = require('vscode');
exports.run = async () => {
  const { started } = await vscode.extensions.getExtension('workspace-locks.throwaway').activate();
  console.log('started', started, 'in VS Code', vscode.version, 'with Node', process.version);
  const request = path.join(process.env.WLOCK_SCREENSHOT_DIR, 'inside.request');
  fs.writeFileSync(request, '');
  while (fs.existsSync(request)) await new Promise((resolve) => setTimeout(resolve, 20));
  if (process.env.FAIL_ON_PURPOSE) throw new Error('failed on purpose');
};
`;

/**
 * @param {string} folder
 * @returns {{ extension: string, tests: string }} paths
 */
export function writeThrowawayExtension(folder) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, undefined, 2));
  writeFileSync(join(folder, 'README.md'), '# Throwaway\n');
  writeFileSync(join(folder, 'LICENSE'), 'MIT\n');
  writeFileSync(join(folder, 'main.js'), main);
  writeFileSync(join(folder, 'tests.js'), tests);
  return { extension: folder, tests: join(folder, 'tests.js') };
}

/**
 * @param {string} folder of an extension
 * @param {string} vsix the file to write
 */
export function packageExtension(folder, vsix) {
  const require = createRequire(import.meta.url);
  const vsce = join(dirname(require.resolve('@vscode/vsce/package.json')), 'vsce');
  execFileSync(process.execPath, [vsce, 'package', '--no-dependencies', '--out', vsix], { cwd: folder, stdio: 'pipe' });
}

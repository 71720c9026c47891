/** What `--help` ends with: one to three lines for each command, true as they stand. A test parses each of them. */
import type { Command } from 'commander';

interface Example {
  readonly says: string;
  readonly line: string;
}

const examples: Readonly<Record<string, readonly Example[]>> = {
  wlock: [
    { says: 'who holds what', line: 'wlock list' },
    { says: 'nobody else gets src while a command runs', line: 'wlock run --path src -- npm test' },
  ],
  'wlock acquire': [
    { says: 'docs, for ten minutes', line: 'wlock acquire --path docs --ttl 10m --reason "rewriting the guide"' },
    { says: 'as long as this shell lives', line: 'wlock acquire --path src/api --pid $$' },
    { says: 'wait for it, in the queue', line: "wlock acquire --glob 'src/**/*.ts' --ttl 1h --wait 5m" },
  ],
  'wlock release': [
    { says: 'by the beginning of its id', line: 'wlock release 3f2a' },
    { says: 'all of this session', line: 'wlock release --all' },
  ],
  'wlock force-release': [{ says: 'asks first, and names the lock', line: 'wlock force-release 3f2a' }],
  'wlock renew': [{ says: 'twenty minutes from now', line: 'wlock renew 3f2a --ttl 20m' }],
  'wlock run': [
    { says: 'as long as a build runs', line: 'wlock run --path src --holder nightly -- npm run build' },
    { says: 'wait half a minute at most', line: 'wlock run --path docs --wait 30s -- make docs' },
    { says: 'it can write only what it holds', line: 'wlock run --confine --path src -- ./agent.sh' },
  ],
  'wlock list': [
    { says: 'mode, expiry, token and reason too', line: 'wlock list --long' },
    { says: 'who has this file', line: 'wlock list --covering src/api/routes.ts' },
    { says: 'what is left over', line: 'wlock list --verdict stale' },
  ],
  'wlock check': [
    { says: 'may I write here?', line: 'wlock check src/api docs/guide.md' },
    { says: 'and the session of that name?', line: 'wlock check --name agentwire:work' },
  ],
  'wlock wait': [{ says: 'until src is free, for five minutes at most', line: 'wlock wait src --timeout 5m' }],
  'wlock reap': [
    { says: 'what would go, and why', line: 'wlock reap --dry-run' },
    { says: 'what is older than an hour', line: 'wlock reap --older-than 1h' },
  ],
  'wlock watch': [{ says: 'one JSON line for each change', line: 'wlock watch' }],
  'wlock stats': [{ says: 'of the last day', line: 'wlock stats --since 1d' }],
  'wlock verify': [
    { says: 'inside of wlock run', line: 'wlock verify "$WLOCK_ID" "$WLOCK_TOKEN" --covering db/schema.sql' },
  ],
  'wlock guard': [
    { says: 'in a pre-commit hook', line: 'wlock guard' },
    { says: 'in a pre-push hook', line: 'wlock guard --push "$1"' },
  ],
  'wlock guard install': [
    { says: 'before each commit', line: 'wlock guard install' },
    { says: 'before each push', line: 'wlock guard install --hook pre-push' },
  ],
  'wlock guard uninstall': [{ says: 'out of the pre-commit hook', line: 'wlock guard uninstall' }],
  'wlock guard snippet': [{ says: 'for husky', line: 'wlock guard snippet husky' }],
  'wlock hook': [{ says: 'deny Claude Code’s edits of locked files', line: 'wlock hook claude-code install' }],
  'wlock hook claude-code': [
    { says: 'into the settings of this workspace', line: 'wlock hook claude-code install' },
    { says: 'out of them again', line: 'wlock hook claude-code uninstall' },
  ],
  'wlock hook claude-code install': [
    { says: 'and lock what it edits', line: 'wlock hook claude-code install --acquire' },
    { says: 'in all of your workspaces', line: 'wlock hook claude-code install --user' },
  ],
  'wlock hook claude-code uninstall': [{ says: 'only yours', line: 'wlock hook claude-code uninstall --local' }],
  'wlock mcp': [{ says: 'in this workspace, whatever the agent’s folder', line: 'wlock mcp --root .' }],
  'wlock etcd': [{ says: 'for trying, on this machine', line: 'wlock etcd dev' }],
  'wlock etcd confirm': [{ says: 'those that .wlock.json names', line: 'wlock etcd confirm' }],
  'wlock etcd dev': [{ says: 'on etcd’s usual port', line: 'wlock etcd dev --port 2379' }],
  'wlock doctor': [
    { says: 'what is in effect here, and what is wrong', line: 'wlock doctor' },
    { says: 'do locks hold on this disk?', line: 'wlock doctor --prove /mnt/shared' },
  ],
  'wlock completion': [
    { says: 'bash, in ~/.bashrc', line: 'source <(wlock completion bash)' },
    { says: 'zsh, in ~/.zshrc after compinit', line: 'source <(wlock completion zsh)' },
    { says: 'fish, in ~/.config/fish/config.fish', line: 'wlock completion fish | source' },
  ],
};

/** To a command and all below it. */
export function addExamples(command: Command, above = ''): void {
  const name = `${above}${command.name()}`;
  const own = examples[name];
  if (own) command.addHelpText('after', examplesText(own));
  for (const subcommand of command.commands) addExamples(subcommand, `${name} `);
}

function examplesText(own: readonly Example[]): string {
  return ['', 'Examples:', ...own.flatMap(({ says, line }) => [`  # ${says}`, `  ${line}`])].join('\n');
}

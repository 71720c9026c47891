/** The arrows of ARCHITECTURE.md: extension, cli → manager → protocols → os → core, downward only. */
const layers = ['core', 'os', 'protocols', 'manager'];
const shells = ['cli', 'mcp', 'extension'];

/** Each layer may not reach any above it; a shell may not reach another shell, but `wlock mcp` is the door of that one. */
const upward = layers.map((layer, height) => ({
  name: `${layer}-only-downward`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: { path: `^src/(${[...layers.slice(height + 1), ...shells].join('|')})/` },
}));

const sideways = shells.map((shell) => ({
  name: `${shell}-stands-alone`,
  severity: 'error',
  from: { path: `^src/${shell}/`, pathNot: '^src/cli/commands/mcp.ts$' },
  to: { path: `^src/(${shells.filter((other) => other !== shell).join('|')})/` },
}));

export default {
  forbidden: [
    ...upward,
    ...sideways,
    {
      name: 'core-is-pure',
      comment: 'No I/O, no clock, no editor in core; paths there are POSIX text.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'vscode-in-extension-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/extension/' },
      to: { path: '^vscode$' },
    },
    {
      name: 'protocols-reach-the-system-through-the-port',
      comment: 'Only node:path, which is text, and the port; so that the shipped code also runs on a simulated kernel.',
      severity: 'error',
      from: { path: '^src/protocols/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?path$' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    exclude: { path: '^(dist|test)/' },
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js'] },
  },
};

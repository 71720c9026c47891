/** How others that manage hooks are told, in their own words. */
export const snippets = {
  husky: { file: '.husky/pre-commit', text: 'wlock guard\n' },
  lefthook: { file: 'lefthook.yml', text: 'pre-commit:\n  commands:\n    locks:\n      run: wlock guard\n' },
  'pre-commit': {
    file: '.pre-commit-config.yaml',
    text: [
      'repos:',
      '  - repo: local',
      '    hooks:',
      '      - id: wlock-guard',
      '        name: locks',
      '        entry: wlock guard',
      '        language: system',
      '        always_run: true',
      '        pass_filenames: false',
      '',
    ].join('\n'),
  },
} as const;

/** What `package.json` must say of the model tools, so that VS Code offers the very tools that the MCP server has. */
import * as z from 'zod';
import { agentIds } from '../../src/extension/ids.ts';
import { agentTools } from '../../src/manager/agents/agentTools.ts';

export interface ContributedTool {
  readonly name: string;
  readonly toolReferenceName: string;
  readonly displayName: string;
  readonly userDescription: string;
  readonly modelDescription: string;
  readonly canBeReferencedInPrompt: true;
  readonly icon: string;
  readonly tags: readonly string[];
  readonly inputSchema: object;
}

export function contributedTools(): readonly ContributedTool[] {
  return agentTools.map(({ name, description, isReadOnly, input }) => {
    const { $schema: _, ...inputSchema } = z.toJSONSchema(input, { io: 'input' });
    return {
      name: agentIds.toolPrefix + name,
      toolReferenceName: `wlock${name.replaceAll(/(?:^|_)([a-z])/g, (__, letter: string) => letter.toUpperCase())}`,
      displayName: `%modelTool.${name}.displayName%`,
      userDescription: `%modelTool.${name}.userDescription%`,
      modelDescription: description,
      canBeReferencedInPrompt: true,
      icon: isReadOnly ? '$(list-unordered)' : '$(lock)',
      tags: ['locks'],
      inputSchema,
    };
  });
}

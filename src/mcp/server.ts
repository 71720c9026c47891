/** Start here: the MCP server. One connection, one session: its locks are this process's, and end with it. */
import { CLIENT_INFO_META_KEY, McpServer, type ServerContext } from '@modelcontextprotocol/server';
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';
import { escapeForDisplay } from '../core/display.ts';
import { agentInstructions, agentTools, type AgentTool, type Desk } from '../manager/agents/agentTools.ts';
import { OwnHands } from '../manager/agents/ownHands.ts';
import type { LockManager } from '../manager/lockManager.ts';

const longestName = 80;

/**
 * Serves on stdin and stdout until the client closes them or `ended` is aborted, and then gives every lock back. Stdout is the
 * protocol's alone.
 */
export async function serveLocks(manager: LockManager, version: string, ended: AbortSignal): Promise<void> {
  let client = 'agent';
  const desk: Desk = { manager, hands: new OwnHands(manager, () => client, 'wlock mcp') };
  const calls = new Set<Promise<unknown>>();
  const over = new AbortController();
  const server = (): McpServer => {
    const made = new McpServer(
      { name: 'workspace-locks', title: 'Workspace Locks', version },
      { instructions: agentInstructions },
    );
    for (const tool of agentTools) {
      made.registerTool(tool.name, describe(tool), async (input: unknown, context: ServerContext) => {
        client = nameOf(made, context) ?? client;
        const call = tool.run(input, desk, AbortSignal.any([context.mcpReq.signal, over.signal]));
        calls.add(call);
        const { text, data, isFailure } = await call.finally(() => calls.delete(call));
        return {
          content: [{ type: 'text' as const, text }],
          ...(data === undefined ? {} : { structuredContent: data }),
          ...(isFailure ? { isError: true } : {}),
        };
      });
    }
    return made;
  };
  const transport = new StdioServerTransport();
  const handle = serveStdio(server, {
    transport,
    onerror: (error) => process.stderr.write(`wlock mcp: ${error.message}\n`),
  });
  await new Promise<void>((resolve) => {
    process.stdin.once('end', resolve);
    process.stdin.once('close', resolve);
    process.stdout.once('error', () => resolve()); // the client has gone: a pipe that nobody reads
    ended.addEventListener('abort', () => resolve(), { once: true });
  });
  // A request that waits gives up its place first, so that nothing is granted any more once all is given back.
  over.abort();
  await Promise.allSettled(calls);
  await handle.close();
  process.stdin.destroy(); // after a signal it is open still, and would keep this process
}

function describe({ title, description, input, isReadOnly }: AgentTool) {
  return {
    title,
    description,
    inputSchema: input,
    annotations: {
      title,
      readOnlyHint: isReadOnly,
      destructiveHint: false,
      idempotentHint: isReadOnly,
      openWorldHint: false,
    },
  };
}

const named = z.object({ name: z.string() });

/** What the client calls itself: in each request, or in the older protocol when it connects. */
function nameOf({ server }: McpServer, { mcpReq }: ServerContext): string | undefined {
  const envelope: Readonly<Record<string, unknown>> = { ...mcpReq.envelope };
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- clients of 2025 say their name nowhere else
  const info = envelope[CLIENT_INFO_META_KEY] ?? server.getClientVersion();
  const name = named.safeParse(info).data?.name.trim();
  return name === undefined || name === '' ? undefined : escapeForDisplay(name, longestName);
}

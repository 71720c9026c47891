import type { CommandHost } from '../commandHost.ts';
import { parsePort } from '../duration.ts';

interface DevOptions {
  readonly port?: number;
}

/** The body is loaded when it is needed: most commands never need it. */
export function etcdCommand({ program, runAlone }: CommandHost): void {
  const etcd = program.command('etcd').description('what helps with locks of many machines');
  const dev = etcd
    .command('dev')
    .description('run an etcd on this machine, for trying, until Ctrl-C; its data goes with it')
    .option('--port <n>', 'of 127.0.0.1 (default: a free one)', parsePort)
    .action(async ({ port }: DevOptions) => {
      await runAlone(dev, async (alone) => {
        const { runDevServer } = await import('../etcd/runDevServer.ts');
        return await runDevServer(alone, port);
      });
    });
  const confirm = etcd
    .command('confirm')
    .argument('[endpoints...]', 'of .wlock.json here (default: all of them)')
    .description('say that these endpoints are yours: they may get your credentials (WLOCK_ETCD_USER, WLOCK_ETCD_KEY)')
    .action(async (endpoints: readonly string[]) => {
      await runAlone(confirm, async (alone) => {
        const { confirmHere } = await import('../etcd/confirmEndpoints.ts');
        return confirmHere(alone, endpoints);
      });
    });
}

/** Who we are to an etcd cluster: kept in the system's key store, never in a file of the workspace (DESIGN 9). */
import * as vscode from 'vscode';

const secretKey = 'workspaceLocks.etcd';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export class ClusterAccount {
  readonly #secrets: vscode.SecretStorage;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscription: vscode.Disposable;
  readonly onDidChange = this.#changed.event;
  /** Grows when somebody signs in or out, in whichever window. */
  version = 0;

  constructor(secrets: vscode.SecretStorage) {
    this.#secrets = secrets;
    this.#subscription = secrets.onDidChange(({ key }) => {
      if (key !== secretKey) return;
      this.version++;
      this.#changed.fire();
    });
  }

  /** As the command line would get them; empty where nobody has signed in. */
  async environment(): Promise<NodeJS.ProcessEnv> {
    const stored = await this.#secrets.get(secretKey);
    if (stored === undefined) return {};
    const { user, password } = JSON.parse(stored) as Credentials; // nobody else can write there
    return { WLOCK_ETCD_USER: user, WLOCK_ETCD_PASSWORD: password };
  }

  async signIn(credentials: Credentials): Promise<void> {
    await this.#secrets.store(secretKey, JSON.stringify(credentials));
  }

  async signOut(): Promise<void> {
    await this.#secrets.delete(secretKey);
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }
}

import * as vscode from 'vscode';

/** Questions to the person. Injected, because VS Code refuses modal dialogs in test mode. */
export interface Dialogs {
  /** A modal question; true if the action was chosen. */
  confirm(question: { readonly message: string; readonly detail: string; readonly action: string }): Promise<boolean>;
  /** Which of several, all chosen at first; undefined if dismissed. */
  pickMany<T extends vscode.QuickPickItem>(items: readonly T[], title: string): Promise<readonly T[] | undefined>;
  /** One of several; undefined if dismissed. */
  pickOne<T extends vscode.QuickPickItem>(items: readonly T[], title: string): Promise<T | undefined>;
  /** Which of several, chosen at first as each item says; undefined if dismissed. */
  pickSome<T extends vscode.QuickPickItem>(items: readonly T[], title: string): Promise<readonly T[] | undefined>;
  /** A line of text; `problem` says what is wrong with it, if anything. Undefined if dismissed. */
  input(question: {
    readonly title: string;
    readonly placeholder: string;
    /** Nobody sees it, and it is taken as it is. */
    readonly isSecret?: true;
    readonly problem?: (text: string) => string | undefined;
  }): Promise<string | undefined>;
  /** Something that needs an answer; the chosen action, or undefined. */
  warn(message: string, actions: readonly string[]): Promise<string | undefined>;
}

/** VS Code makes links, also to commands, of `[text](command:…)` in a notification, whoever wrote it. */
function withoutLinks(message: string): string {
  return message.replaceAll('](', '] (');
}

export const windowDialogs: Dialogs = {
  async confirm({ message, detail, action }) {
    return (await vscode.window.showWarningMessage(message, { modal: true, detail }, action)) === action;
  },
  async pickMany(items, title) {
    const picked = items.map((item) => ({ ...item, picked: true }));
    // Whoever weighs the evidence may look elsewhere first; and the palette may give the focus back after it was shown.
    const options = { title, canPickMany: true, matchOnDescription: true, ignoreFocusOut: true } as const;
    return await vscode.window.showQuickPick(picked, options);
  },
  async pickOne(items, title) {
    return await vscode.window.showQuickPick(items, { title });
  },
  async pickSome(items, title) {
    return await vscode.window.showQuickPick(items, { title, canPickMany: true });
  },
  async input({ title, placeholder, isSecret, problem }) {
    const text = await vscode.window.showInputBox({
      title,
      placeHolder: placeholder,
      password: isSecret ?? false,
      ignoreFocusOut: isSecret ?? false, // it may have to be fetched from elsewhere
      validateInput: (typed) => problem?.(typed.trim()),
    });
    return isSecret ? text : text?.trim();
  },
  async warn(message, actions) {
    return await vscode.window.showWarningMessage(withoutLinks(message), ...actions);
  },
};

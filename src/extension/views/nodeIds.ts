/** What a row is known by over all refreshes: its selection and whether it is open hang on it. */
import { keyOf } from '../lockedFolders.ts';
import type { TreeNode } from './treeNodes.ts';

/** A lock may be shown several times, below a conflict and by itself, so ids below a row begin with that row's. */
export function idOf(node: TreeNode): string {
  switch (node.kind) {
    case 'conflict':
      return `conflict\0${keyOf(node.a)}\0${keyOf(node.b)}\0`;
    case 'deadlock':
      return `deadlock\0${node.deadlock.members.map(({ waiter }) => waiter.id).join('\0')}\0`;
    case 'hint': {
      const { hint, manager } = node;
      return `hint\0${manager.root.path}\0${hint.kind}\0${hint.about.join('\0')}\0${hint.says}`;
    }
    case 'hidden':
      return 'hidden';
    case 'group':
      return `group\0${node.by}\0${node.key}\0`;
    case 'page':
      return `${node.idPrefix}page\0${node.from}\0`;
    case 'lock':
      return `${node.idPrefix}${keyOf(node.placed)}`;
    case 'waiter':
      return `${node.idPrefix}${node.placed.manager.root.path}\0waiter ${node.placed.waiter.id}`;
    case 'entry':
      return `${node.idPrefix}${keyOf(node.of)}\0entry${node.index}`;
    case 'file':
      return `${node.idPrefix}${keyOf(node.of)}\0file${node.index}\0${node.file}`;
    case 'detail':
      return `${node.idPrefix}${keyOf(node.of)}\0detail${node.index}`;
  }
}

/**
 * What VS Code has been told of the tree. It knows a row by the identity of its object, so each row is one object for as
 * long as it is there, and after a change only those rows are named that look different or have other rows below them.
 */
import { idOf } from './nodeIds.ts';
import type { TreeNode } from './treeNodes.ts';

interface Row {
  /** As VS Code knows it. */
  readonly element: TreeNode;
  readonly parent: string | undefined;
  /** The same row in the newest picture. */
  newest: TreeNode;
  /** All that a person sees or hears of it, as last given to VS Code; undefined until it has asked. */
  looks: string | undefined;
  /** Ids of the rows below it, once VS Code has asked for them. */
  children: readonly string[] | undefined;
}

/** Which rows VS Code must ask for again. */
export type RowChanges = { readonly kind: 'all' } | { readonly kind: 'some'; readonly rows: readonly TreeNode[] };

export interface RowSource {
  /** Undefined where the rows have to be looked up; such a list counts as changed each time. */
  readonly childrenOf: (node: TreeNode | undefined) => readonly TreeNode[] | undefined;
  readonly looksOf: (node: TreeNode) => string;
}

export class ShownRows {
  readonly #rows = new Map<string, Row>();
  #top: readonly string[] | undefined;

  /** The row of the newest picture for one that VS Code hands back, which may be of an older one. */
  newest(element: TreeNode): TreeNode {
    return this.#rows.get(idOf(element))?.newest ?? element;
  }

  /** Undefined at the top, and for a row that has gone. */
  parentOf(element: TreeNode): TreeNode | undefined {
    const parent = this.#rows.get(idOf(element))?.parent;
    return parent === undefined ? undefined : this.#rows.get(parent)?.element;
  }

  /** VS Code has asked for the rows below `parent`: gives those that it knows already as it knows them. */
  hand(parent: TreeNode | undefined, nodes: readonly TreeNode[]): TreeNode[] {
    const parentId = parent && idOf(parent);
    const ids = nodes.map(idOf);
    const kept = new Set(ids);
    for (const id of this.#childrenOf(parentId) ?? []) if (!kept.has(id)) this.#forget(id);
    const elements = nodes.map((node, i) => this.#register(ids[i] ?? idOf(node), node, parentId).element);
    this.#setChildren(parentId, ids);
    return elements;
  }

  /** VS Code has asked how a row looks. */
  noteLooks(element: TreeNode, looks: string): void {
    const row = this.#rows.get(idOf(element));
    if (row) row.looks = looks;
  }

  /** Takes over the newest picture and tells what VS Code must ask for again. */
  update(source: RowSource): RowChanges {
    const rows: TreeNode[] = [];
    if (this.#updateList(undefined, undefined, source, rows) === 'changed') {
      this.#top = undefined; // until VS Code asks, which it does once it shows the view
      return { kind: 'all' };
    }
    return { kind: 'some', rows };
  }

  #updateList(
    parent: TreeNode | undefined,
    parentId: string | undefined,
    source: RowSource,
    changed: TreeNode[],
  ): 'changed' | 'same' {
    const known = this.#childrenOf(parentId);
    if (!known) return 'same'; // VS Code has not asked for it
    const nodes = source.childrenOf(parent);
    if (!nodes) return 'changed';
    if (nodes.length !== known.length || nodes.some((node, i) => idOf(node) !== known[i])) return 'changed';
    for (const [i, node] of nodes.entries()) this.#updateRow(known[i] ?? '', node, source, changed);
    return 'same';
  }

  #updateRow(id: string, node: TreeNode, source: RowSource, changed: TreeNode[]): void {
    const row = this.#rows.get(id);
    if (!row) return;
    row.newest = node;
    const looksNew = row.looks !== undefined && source.looksOf(node) !== row.looks;
    const below: TreeNode[] = [];
    const list = this.#updateList(node, id, source, below);
    if (looksNew || list === 'changed') {
      changed.push(row.element); // with it, VS Code asks for all that is open below it
      if (list === 'changed') this.#forgetBelow(row);
    } else changed.push(...below);
  }

  #register(id: string, node: TreeNode, parent: string | undefined): Row {
    const known = this.#rows.get(id);
    if (known) {
      known.newest = node;
      return known;
    }
    const row: Row = { element: node, parent, newest: node, looks: undefined, children: undefined };
    this.#rows.set(id, row);
    return row;
  }

  #childrenOf(id: string | undefined): readonly string[] | undefined {
    return id === undefined ? this.#top : this.#rows.get(id)?.children;
  }

  #setChildren(id: string | undefined, children: readonly string[]): void {
    if (id === undefined) this.#top = children;
    else {
      const row = this.#rows.get(id);
      if (row) row.children = children;
    }
  }

  #forget(id: string): void {
    const row = this.#rows.get(id);
    if (!row) return;
    this.#forgetBelow(row);
    this.#rows.delete(id);
  }

  #forgetBelow(row: Row): void {
    for (const child of row.children ?? []) this.#forget(child);
    row.children = undefined;
  }
}

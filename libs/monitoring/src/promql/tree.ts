import type { SyntaxNode } from '@lezer/common';

export interface Matcher {
  readonly label: string;
  /** The alternatives of a regular expression, or the one value. */
  readonly values: readonly string[];
  readonly isRegex: boolean;
}

export function textOf(node: SyntaxNode, text: string): string {
  return text.slice(node.from, node.to);
}

/** Every node of that name beneath this one, itself included, outer ones first. */
export function descendants(node: SyntaxNode, name: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  node.cursor().iterate((each) => {
    if (each.name === name) found.push(each.node);
  });
  return found;
}

export function matchersOf(selector: SyntaxNode, text: string): readonly Matcher[] {
  const matchers = selector.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
  return matchers.map((matcher) => {
    const part = (name: string): string => {
      const child = matcher.getChild(name);
      return child === null ? '' : textOf(child, text);
    };
    const isRegex = part('MatchOp').includes('~');
    const value = unquoted(part('StringLiteral'));
    return { label: part('LabelName'), values: isRegex ? alternatives(value) : [value], isRegex };
  });
}

/** The function that is given this selector or range itself, not something made of it. */
export function callOver(node: SyntaxNode, text: string): string | undefined {
  for (let around = node.parent; around !== null; around = around.parent) {
    if (around.name === 'FunctionCall') {
      const identifier = around.getChild('FunctionIdentifier');
      return identifier === null ? undefined : textOf(identifier, text);
    }
    if (!TRANSPARENT.has(around.name)) return undefined;
  }
  return undefined;
}

/** The aggregation that first takes this node's series together. */
export function aggregateAround(node: SyntaxNode, text: string): string | undefined {
  for (let around = node.parent; around !== null; around = around.parent) {
    if (around.name !== 'AggregateExpr') continue;
    const operation = around.getChild('AggregateOp');
    return operation === null ? undefined : textOf(operation, text);
  }
  return undefined;
}

const TRANSPARENT: ReadonlySet<string> = new Set(['MatrixSelector', 'FunctionCallBody', 'OffsetExpr', 'ParenExpr']);

/** PromQL's strings escape as JSON's do; those in backquotes not at all. */
function unquoted(literal: string): string {
  if (literal.startsWith('`')) return literal.slice(1, -1);
  const inner = literal.slice(1, -1);
  return inner.replace(/\\(.)/g, (_, escaped: string) => escaped);
}

/** `a|b` as two, so that each has to be known; what is nested stays together. */
function alternatives(regex: string): readonly string[] {
  return /[([]/.test(regex) ? [regex] : regex.split('|');
}

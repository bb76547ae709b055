import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { descendants, textOf } from './tree.js';

const COMPARISONS = ['Gtr', 'Gte', 'Lss', 'Lte', 'Eql', 'Neq'];
/** These find nothing where all is well; what they are given is there. */
const OF_ABSENCE = /^absent(_over_time)?$/;

/**
 * What a rule compares with its bounds, which is there whether or not the alert fires: each side of `and` and `unless`,
 * of `or` the whole, without the comparison, and what must not be absent.
 */
export function comparedParts(expression: string): readonly string[] {
  return parts(parser.parse(expression).topNode.firstChild, expression);
}

function parts(node: SyntaxNode | null, text: string): readonly string[] {
  if (node === null) return [];
  if (isOfAbsence(node, text)) return descendants(node, 'VectorSelector').map((each) => textOf(each, text));
  if (node.name === 'ParenExpr') return parts(inner(node), text);
  if (node.name === 'AggregateExpr' || node.name === 'FunctionCall') return [withoutComparisons(node, text)];
  if (node.name !== 'BinaryExpr') return [textOf(node, text)];
  const [left, right] = [node.firstChild, node.lastChild];
  const isApart =
    node.getChild('Or') !== null && [left, right].some((each) => each !== null && isOfAbsence(each, text));
  if (isApart || node.getChild('And') !== null || node.getChild('Unless') !== null)
    return [...parts(left, text), ...parts(right, text)];
  if (COMPARISONS.some((name) => node.getChild(name) !== null)) return [...parts(left, text), ...bound(right, text)];
  return [withoutComparisons(node, text)];
}

/** A bound that is a number needs no looking for. */
function bound(node: SyntaxNode | null, text: string): readonly string[] {
  return node === null || descendants(node, 'VectorSelector').length === 0 ? [] : parts(node, text);
}

/** Whether it asks for nothing but what is not there. */
function isOfAbsence(node: SyntaxNode, text: string): boolean {
  const asked = descendants(node, 'VectorSelector');
  const calls = descendants(node, 'FunctionCall').filter((call) => {
    const identifier = call.getChild('FunctionIdentifier');
    return identifier !== null && OF_ABSENCE.test(textOf(identifier, text));
  });
  return asked.length > 0 && asked.every(({ from, to }) => calls.some((call) => call.from <= from && to <= call.to));
}

function inner(node: SyntaxNode): SyntaxNode | null {
  for (let child = node.firstChild; child !== null; child = child.nextSibling)
    if (!/^[()]$/.test(child.name)) return child;
  return null;
}

/** The same text with every `> 0` within it left out. */
function withoutComparisons(node: SyntaxNode, text: string): string {
  const cuts = descendants(node, 'BinaryExpr').filter(
    (each) =>
      COMPARISONS.some((name) => each.getChild(name) !== null) && each.lastChild?.name === 'NumberDurationLiteral',
  );
  return cuts
    .toSorted((a, b) => b.to - a.to)
    .reduce(
      (kept, { firstChild, to }) => {
        if (firstChild === null) return kept;
        return kept.slice(0, firstChild.to - node.from) + kept.slice(to - node.from);
      },
      textOf(node, text),
    );
}

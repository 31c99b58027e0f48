import type { Element } from '@xmldom/xmldom';
import { childOf, childrenOf } from './package.ts';

/** Names that LaTeX has for signs of formulas. */
const SIGNS: Record<string, string> = {
  '±': '\\pm ',
  '×': '\\times ',
  '÷': '\\div ',
  '≤': '\\leq ',
  '≥': '\\geq ',
  '≠': '\\neq ',
  '≈': '\\approx ',
  '∞': '\\infty ',
  '→': '\\to ',
  '∑': '\\sum ',
  '∏': '\\prod ',
  '∫': '\\int ',
  '√': '\\sqrt ',
  '∂': '\\partial ',
  '∈': '\\in ',
  '∙': '\\cdot ',
  '⋅': '\\cdot ',
  π: '\\pi ',
  α: '\\alpha ',
  β: '\\beta ',
  γ: '\\gamma ',
  δ: '\\delta ',
  ε: '\\epsilon ',
  θ: '\\theta ',
  λ: '\\lambda ',
  μ: '\\mu ',
  σ: '\\sigma ',
  φ: '\\phi ',
  ω: '\\omega ',
  Δ: '\\Delta ',
  Σ: '\\Sigma ',
  Ω: '\\Omega ',
};

/** A formula within a text. */
export const formulaText = (formula: Element): string => `$${latexOf(formula).replace(/\s+/g, ' ').trim()}$`;

/** An Office formula (OMML, ECMA-376 part 1, 22.1) as LaTeX. What has no form here is said as its parts, one after the other. */
function latexOf(node: Element): string {
  const part = (name: string) => all(childOf(node, name));
  switch (node.localName) {
    case 't':
      return (node.textContent ?? '').replace(/\P{ASCII}/gu, (sign) => SIGNS[sign] ?? sign);
    case 'f':
      return `\\frac{${part('num')}}{${part('den')}}`;
    case 'sSup':
      return `${part('e')}^{${part('sup')}}`;
    case 'sSub':
      return `${part('e')}_{${part('sub')}}`;
    case 'sSubSup':
      return `${part('e')}_{${part('sub')}}^{${part('sup')}}`;
    case 'rad':
      return part('deg').trim() ? `\\sqrt[${part('deg')}]{${part('e')}}` : `\\sqrt{${part('e')}}`;
    case 'nary':
      return `${SIGNS[attribute(node, 'naryPr', 'chr')] ?? '\\int '}_{${part('sub')}}^{${part('sup')}}{${part('e')}}`;
    case 'd':
      return `${attribute(node, 'dPr', 'begChr') || '('}${childrenOf(node, 'e').map(all).join(', ')}${attribute(node, 'dPr', 'endChr') || ')'}`;
    case 'func':
      return `${part('fName')} ${part('e')}`;
    case 'm':
      return childrenOf(node, 'mr')
        .map((row) => childrenOf(row, 'e').map(all).join(' & '))
        .join(' \\\\ ');
    default:
      return node.localName?.endsWith('Pr') ? '' : all(node);
  }
}

const all = (node: Element | undefined): string => childrenOf(node).map(latexOf).join('');

const attribute = (node: Element, of: string, name: string): string => {
  const found = childOf(childOf(node, of), name);
  return found?.getAttribute('m:val') ?? found?.getAttribute('val') ?? '';
};

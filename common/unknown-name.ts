import { distance } from 'fastest-levenshtein';

/** The known name nearest to what was written, when near enough to be meant. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const [best] = known.map((k) => ({ k, d: distance(name, k) })).sort((a, b) => a.d - b.d || (a.k < b.k ? -1 : 1));
  return best && best.d <= Math.max(2, Math.ceil(best.k.length / 3)) ? best.k : undefined;
}

/** `unknown judge 'groundd'; did you mean 'grounded'? known: ...` */
export function unknownName(kind: string, name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `unknown ${kind} '${name}'; ${near === undefined ? '' : `did you mean '${near}'? `}known: ${known.join(', ')}`;
}

/** One name in two spellings is one person: case, spaces, forms of Unicode and characters that can't be seen make no other. */
export const samePerson = (one: string, other: string): boolean => spelling(one) === spelling(other);

/**
 * What all spellings of a name have in common; for comparing, not for showing. Letters of other alphabets that look alike stay apart.
 */
export function spelling(name: string): string {
  const seen = name.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}|\p{Cf}/gu, '');
  // Through upper case and back: it joins what lower case alone keeps apart, such as ß and ss. Folding can undo a normal form.
  const folded = seen
    .normalize('NFKD')
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .normalize('NFKC');
  return folded.trim().replace(/\s+/g, ' ');
}

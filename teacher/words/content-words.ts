const EMPTY = new Set(
  (
    'a an the is are was were be been being do does did can could may might must should would will has have had what who whom when where how why which ' +
    'if of in on at to for from with by and or not no any it its that this these those they their them you your i my me we our than as also then there so'
  ).split(' '),
);

const STEM = /(?:ing|ies|es|ed|s|e)$/;

/** Content words and numbers, without endings. */
export function contentWords(text: string): Set<string> {
  const found = text.toLowerCase().match(/\p{L}[\p{L}\p{N}'\u2019-]*|\p{N}[\p{N}.,]*/gu) ?? [];
  return new Set(
    found.filter((word) => !EMPTY.has(word)).map((word) => (word.length > 4 ? word.replace(STEM, '') : word)),
  );
}

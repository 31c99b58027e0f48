/** How texts of others stand in a prompt: as data, whatever they say. Pure. */

/** Breaks of a line in any script or system. */
const LINE_BREAKS = /\r\n?|[\v\f\u0085\u2028\u2029]/g;
/** What no reader sees: controls, zero-width marks, marks of direction, soft hyphens, tag characters but for the flags made of them. */
const UNSEEN = new RegExp(
  String.raw`[\u0000-\u0008\u000e-\u001f\u007f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]|(?<![\u{1F3F4}\u{E0000}-\u{E007F}])[\u{E0000}-\u{E007F}]+`,
  'gu',
);
/** `<|im_start|>`, `</s>`, `[INST]`: tokenizers read such as marks between turns, not as text. */
const MARKS = /<(?=[^<>\s]{1,40}>)|<(?=<)|\[(?=\/?[A-Z_]{3,24}\])/g;

/** A text as a reader sees it: line breaks as one kind, and nothing that does not show. */
export const visible = (text: string): string => text.replace(LINE_BREAKS, '\n').replace(UNSEEN, '');

/** A text that a tokenizer reads as text: a space stands in what could be a mark between turns. */
export const asData = (text: string): string => visible(text).replace(MARKS, '$& ');

/** The same in one line. */
export const asLine = (text: string): string => asData(text).replace(/\s+/g, ' ').trim();

/** A passage in a prompt, below its heading: no line of it can begin another one. */
export const quotedLines = (text: string): string =>
  asData(text)
    .trim()
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');

/** A template with its places filled in one go: `{{question}}` in a passage stays what it is. */
export const fillPrompt = (template: string, parts: { passages: string; question: string }): string =>
  template.replaceAll(/\{\{(passages|question)\}\}/g, (_, name: keyof typeof parts) => parts[name]);

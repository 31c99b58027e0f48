/** Text that talks to a model instead of a reader. Data stays data: it is never obeyed, and people are shown where it is. */

export interface Instruction {
  /** Offsets in UTF-16 code units, of the sentence or mark. */
  start: number;
  end: number;
  /** Why it is taken for one. */
  why: string;
}

/** "Never ignore these rules" is advice, not an order to a model. */
const NOT_NEGATED = String.raw`(?<!\b(?:not|never|n['\u2019]t|no one should|nobody should) (?:\w+ )?)`;

const RULES: readonly { why: string; pattern: RegExp }[] = [
  {
    why: 'tells to forget instructions',
    pattern: new RegExp(
      String.raw`${NOT_NEGATED}\b(?:ignore|disregard|forget|override|bypass|stop following)\b[^.!?\n]{0,40}\b(?:(?:previous|prior|above|earlier|preceding|system|all (?:of )?(?:the|your|these))\b[^.!?\n]{0,30}\b(?:instructions?|prompts?|rules?|directions?|guidelines?|messages?)|(?:your|the) (?:system )?prompt)\b`,
      'gi',
    ),
  },
  {
    why: 'gives a model a role',
    pattern:
      /\b(?:you are now (?:dan\b|unrestricted|jailbroken|free (?:of|from)|(?:an?|the|my) [^.!?\n]{0,20}\b(?:ai|assistant|bot|chatbot|model|agent))|from now on,? you (?:are|will|must)|act as (?:an? )?(?:ai|assistant|llm|chatbot|language model)|pretend (?:to be|that you) (?:an? )?(?:ai|assistant|llm|chatbot|language model|are)|you are (?:an? )?(?:ai|assistant|llm|chatbot|language model))\b/gi,
  },
  {
    why: 'speaks to a language model',
    pattern:
      /\b(?:dear|attention|note to|hey|hello),? (?:the )?(?:ai|llms?|assistants?|chatbots?|language models?|gpt|claude|gemini)\b|\b(?:if you are|as) an? (?:ai|llm|language model|automated system)\b/gi,
  },
  {
    why: 'says what to reply',
    pattern:
      /\b(?:respond|reply|answer|output|print|say)\b[^.!?\n]{0,20}\b(?:only|exactly|nothing but|with the (?:word|phrase|text))\b[^.!?\n]{0,40}["\u201c\u2018]/gi,
  },
  {
    why: 'asks for hidden text or secrets',
    pattern: new RegExp(
      String.raw`${NOT_NEGATED}\b(?:reveal|print|show|repeat|leak|disclose)\b[^.!?\n]{0,30}\b(?:system prompt|hidden prompt|your (?:prompt|instructions)|api keys?)\b`,
      'gi',
    ),
  },
  {
    why: "has the marks of a chat template or of a tool's call",
    pattern:
      /<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)[^>]{0,20}\|?>|\[\/?INST\]|<<\/?SYS>>|<\/?(?:passage|system|assistant|tool_call)\b[^>]{0,40}>/gi,
  },
  // Tag characters spell text that no reader sees, but for the flags that are made of them; zero-width marks hide text between letters.
  {
    why: 'is written in characters that no reader sees',
    pattern: /(?<![\u{1F3F4}\u{E0000}-\u{E007F}])[\u{E0000}-\u{E007F}]+|[\u200b\u200c\u2060\ufeff]{3,}/gu,
  },
];

/** Finds text that tries to instruct a model, in order, each to the end of its sentence. */
export function findInstructions(text: string): Instruction[] {
  // Most texts have none, and a search costs a fraction of what going through matches does.
  const found = RULES.filter(({ pattern }) => text.search(pattern) >= 0).flatMap(({ why, pattern }) =>
    [...text.matchAll(pattern)].map((match): Instruction => {
      const rest = /[.!?\n]/.exec(text.slice(match.index + match[0].length));
      const end = match.index + match[0].length + (rest ? rest.index : text.length);
      return { start: match.index, end: Math.min(end, text.length), why };
    }),
  );
  return found.sort((a, b) => a.start - b.start);
}

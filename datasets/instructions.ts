/** Text that talks to a model instead of a reader. Data stays data: it is never obeyed, and people are shown where it is. */

export interface Instruction {
  /** Offsets in UTF-16 code units, of the sentence or mark. */
  start: number;
  end: number;
  /** Why it is taken for one. */
  why: string;
}

const RULES: readonly { why: string; pattern: RegExp }[] = [
  {
    why: 'tells to forget instructions',
    pattern:
      /\b(?:ignore|disregard|forget|override|bypass|do not follow|stop following)\b[^.!?\n]{0,40}\b(?:previous|prior|above|earlier|preceding|all|your|any|these|those|system)\b[^.!?\n]{0,30}\b(?:instructions?|prompts?|rules?|directions?|guidelines?|messages?)\b/gi,
  },
  {
    why: 'gives a model a role',
    pattern:
      /\b(?:you are now (?:dan\b|unrestricted|jailbroken|free (?:of|from)|(?:an?|the|my) [^.!?\n]{0,20}\b(?:ai|assistant|bot|chatbot|model|agent))|from now on,? you (?:are|will|must)|act as (?:an? )?(?:ai|assistant|llm|chatbot|language model)|pretend (?:to be|that you)|you are (?:an? )?(?:ai|assistant|llm|chatbot|language model))\b/gi,
  },
  {
    why: 'speaks to a language model',
    pattern:
      /\b(?:dear|attention|note to|hey|hello),? (?:the )?(?:ai|llms?|assistants?|chatbots?|language models?|gpt|claude|gemini)\b|\b(?:if you are|as) an? (?:ai|llm|language model|automated system)\b/gi,
  },
  {
    why: 'says what to reply',
    pattern:
      /\b(?:respond|reply|answer|output|print|write|say|return)\b[^.!?\n]{0,20}\b(?:only|exactly|with the (?:word|phrase|text|following)|nothing but)\b[^.!?\n]{0,40}["'\u201c\u2018:]/gi,
  },
  {
    why: 'asks for hidden text or secrets',
    pattern:
      /\b(?:reveal|print|show|repeat|leak|send|disclose)\b[^.!?\n]{0,30}\b(?:system prompt|hidden prompt|your (?:prompt|instructions)|api keys?|credentials|secrets?)\b/gi,
  },
  {
    why: "has the marks of a chat template or of a tool's call",
    pattern:
      /<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)[^>]{0,20}\|?>|\[\/?INST\]|<<\/?SYS>>|<\/?(?:passage|system|assistant|tool_call)\b[^>]{0,40}>|^(?:system|assistant)\s*:/gim,
  },
  // Tag characters spell text that no reader sees; a run of zero-width marks hides some between letters.
  {
    why: 'is written in characters that no reader sees',
    pattern: /[\u{E0000}-\u{E007F}]+|[\u200b\u200c\u2060\ufeff]{3,}/gu,
  },
];

/** Finds text that tries to instruct a model, in order, each to the end of its sentence. */
export function findInstructions(text: string): Instruction[] {
  const found = RULES.flatMap(({ why, pattern }) =>
    [...text.matchAll(pattern)].map((match): Instruction => {
      const rest = /[.!?\n]/.exec(text.slice(match.index + match[0].length));
      const end = match.index + match[0].length + (rest ? rest.index : text.length);
      return { start: match.index, end: Math.min(end, text.length), why };
    }),
  );
  return found.sort((a, b) => a.start - b.start);
}

import { ConfigError, type Locate } from '../../common/config-errors.ts';

/** What the fields of a dspy signature are to an answer: its file says neither their types, nor which of them are given. */
export interface Roles {
  question: string;
  passages: string | undefined;
  reasoning: string | undefined;
  answer: string;
  /** Those whose words are the writer's own, with them. */
  described: { name: string; description: string }[];
}

const QUESTION = ['question', 'query'];
const PASSAGES = ['context', 'contexts', 'passages', 'documents'];
const REASONING = ['reasoning', 'rationale'];
const ANSWER = ['answer', 'response', 'output', 'final_answer'];
const EXPECTED = `expected a question (${QUESTION.join(', ')}), passages (${PASSAGES.join(', ')}; or none), reasoning (${REASONING.join(', ')}; or none) and last one answer (${ANSWER.join(', ')})`;

type SignatureField = { prefix: string; description: string };

/** @throws ConfigError for each field that is none of these: a tool's, a history, a second question or answer */
export function rolesOf(fields: readonly SignatureField[], at: Locate): Roles {
  const names = fields.map(nameOf);
  const place = (i: number) => at(['signature', 'fields', i]);
  const known = [QUESTION, PASSAGES, REASONING, ANSWER];
  const problems = names.flatMap((name, i) => {
    const role = known.find((one) => one.includes(name));
    if (!role) return [`${place(i)}: found the field '${name}', which a version has no place for; ${EXPECTED}`];
    const twin = names.findIndex((other) => role.includes(other));
    return twin === i ? [] : [`${place(i)}: found '${name}' beside '${names[twin]}'; ${EXPECTED}`];
  });
  const named = (role: readonly string[]) => names.find((name) => role.includes(name));
  const [question, answer, reasoning] = [named(QUESTION), named(ANSWER), named(REASONING)];
  if (problems.length === 0) {
    if (question === undefined || answer === undefined)
      problems.push(`${at(['signature', 'fields'])}: found ${names.join(', ')}; ${EXPECTED}`);
    else if (names.at(-1) !== answer || (reasoning !== undefined && names.at(-2) !== reasoning))
      problems.push(`${at(['signature', 'fields'])}: found ${names.join(', ')} in this order; ${EXPECTED}`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    question: question!,
    answer: answer!,
    reasoning,
    passages: named(PASSAGES),
    described: fields.flatMap(({ description }, i) =>
      isPlaceholder(description) ? [] : [{ name: names[i]!, description: description.trim() }],
    ),
  };
}

const PLACEHOLDER = /^\$\{(\w+)\}$/;
const isPlaceholder = (description: string) => description.trim() === '' || PLACEHOLDER.test(description);

/** dspy keeps a field's name only in a description that nobody wrote; else its prefix is made of it ("Final Answer:"). */
function nameOf({ prefix, description }: SignatureField): string {
  return (
    PLACEHOLDER.exec(description)?.[1] ?? prefix.trim().replace(/:$/, '').trim().toLowerCase().replace(/\W+/g, '_')
  );
}

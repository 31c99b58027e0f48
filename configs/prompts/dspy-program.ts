import { z } from 'zod';
import { check, ConfigError, type Locate } from '../../common/config-errors.ts';
import { fillPrompt } from '../../schema/prompts/as-data.ts';
import type { Prompt } from './prompt-schema.ts';
import { rolesOf, type Roles } from './dspy-fields.ts';
import { exampleOf, hasAll } from './dspy-demos.ts';

/**
 * A program that dspy saved: of one predictor the instructions become the system text, and each demo a turn. What of it would not be served
 * is refused by name.
 */

const MetadataSchema = z.looseObject({ dependency_versions: z.looseObject({ dspy: z.string().min(1) }) });

/** Of dspy's own state of a predictor: what it has besides is not known here, and so refused. */
const PredictorSchema = z.strictObject({
  traces: z.array(z.unknown()).max(0).optional(),
  train: z.array(z.unknown()).max(0).optional(),
  demos: z.array(z.record(z.string(), z.unknown())),
  signature: z.strictObject({
    instructions: z.string(),
    fields: z.array(z.strictObject({ prefix: z.string(), description: z.string() })).min(2),
  }),
  lm: z.looseObject({ model: z.string().optional() }).nullish(),
});

/** Told where a model thinks before it answers: dspy's own adapter asks for a field of it. */
export const THINK_FIRST = 'Think first, between <think> and </think>, and then answer.';

/** @param options.at where a field of the file stands @throws ConfigError naming file and field */
export function readDspyProgram(options: {
  value: unknown;
  template: string;
  at: Locate;
}): Pick<Prompt, 'madeBy' | 'systemPrompt' | 'examples' | 'notes'> {
  const { value, template, at } = options;
  const { predictor, path, version } = onlyPredictor(value, at);
  const here: Locate = (inner, key) => at([...path, ...inner], key);
  const { demos, signature, lm } = check({ schema: PredictorSchema, value: predictor, at: here });
  const roles = rolesOf(signature.fields, here);
  const read = demos.map((demo, i) =>
    exampleOf(demo, { roles, at: (inner, key) => here(['demos', i, ...inner], key) }),
  );
  // As dspy orders them.
  const complete = demos.map((demo) => hasAll(demo, roles));
  const ordered = [...read.filter((_, i) => !complete[i]), ...read.filter((_, i) => complete[i])];
  return {
    madeBy: `dspy ${version}`,
    systemPrompt: systemPromptOf(signature.instructions, roles),
    examples: ordered.map(({ passages, question, answered }) => ({
      question,
      asked: passages === undefined ? question : fillPrompt(template, { passages, question }),
      answered,
    })),
    notes: lm
      ? [`it names its own model, ${lm.model ?? 'without a name'}: what answers here is the candidate's base`]
      : [],
  };
}

function onlyPredictor(value: unknown, at: Locate): { predictor: unknown; path: string[]; version: string } {
  const program = z.record(z.string(), z.unknown()).safeParse(value).data;
  const metadata = MetadataSchema.safeParse(program?.['metadata']).data;
  if (!program || !metadata)
    throw new ConfigError([
      `${at(['metadata'])}: found no version of dspy; expected a program as \`program.save("NAME.json")\` writes it, from dspy 2.6 on`,
    ]);
  const version = metadata.dependency_versions.dspy;
  const { metadata: _metadata, ...state } = program;
  if ('signature' in state) return { predictor: state, path: [], version };
  const names = Object.keys(state);
  const [name] = names;
  if (name === undefined || names.length > 1)
    throw new ConfigError([
      `${at([])}: found ${names.length === 0 ? 'no predictor' : `${names.length} predictors (${names.join(', ')})`}; expected one: a version asks its model once for an answer, so save the program, or the part of it, that answers from the passages`,
    ]);
  return { predictor: state[name], path: [name], version };
}

/** Instructions, then what dspy says of fields beside their names, then how to think. */
function systemPromptOf(instructions: string, { described, reasoning }: Roles): string {
  const said = described.map(({ name, description }) => `${name}: ${description}`);
  return [instructions.trim(), said.join('\n'), reasoning === undefined ? '' : THINK_FIRST]
    .filter((part) => part !== '')
    .join('\n\n');
}

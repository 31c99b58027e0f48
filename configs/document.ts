import { SourcesSchema } from './sources-schema.ts';
import { format, resolveConfig } from 'prettier';
import {
  alternatives,
  constantOf,
  fieldSchema,
  membersOf,
  typeText,
  type FieldSchema,
} from '../common/field-schema.ts';
import { HostedSchema, KeysSchema, RunConfigSchema, StagesSchema } from './schema.ts';
import { WebhooksSchema } from './webhooks/schema.ts';

/** The text of docs/config.md, from the schema: `npm run docs:config` writes it, and a test fails while the file is not what this makes. */

/** One field of a config, for a reader. */
export interface Knob {
  /** As it is written in a config: `gate.guardrails[].metric`; `<name>` stands for a name of the user's. */
  path: string;
  type: string;
  /** JSON; `required`; or empty, where the field can be left out and its fields have the defaults. */
  default: string;
  meaning: string;
}

/** Names that only the code knows, by their kind: `judges`, `metrics`. */
export type Names = Readonly<Record<string, readonly string[]>>;

export const CONFIG_DOCUMENT = new URL('../docs/config.md', import.meta.url);

/** Every field of a schema, parents before children, in the schema's order. */
export function knobs(schema: FieldSchema, names: Names = {}, prefix = ''): Knob[] {
  const members = membersOf(schema);
  const found = members.flatMap(({ items, additionalProperties }) => [
    ...(items ? knobs(items, names, `${prefix}[]`) : []),
    ...(typeof additionalProperties === 'object' ? knobs(additionalProperties, names, `${prefix}.<name>`) : []),
  ]);
  const mappings = members.filter(({ properties }) => properties !== undefined);
  for (const name of new Set(mappings.flatMap(({ properties = {} }) => Object.keys(properties)))) {
    const path = prefix ? `${prefix}.${name}` : name;
    const holders = mappings.filter(({ properties = {} }) => Object.hasOwn(properties, name));
    const fields = holders.flatMap(({ properties = {} }) => properties[name] ?? []);
    found.push(knob({ path, name, fields, holders, names, everywhere: holders.length === mappings.length }));
    found.push(...knobs({ anyOf: fields.filter(({ sameAs }) => sameAs === undefined) }, names, path));
  }
  // Several members of a union may have the same list in them.
  return found.filter(({ path }, i) => found.findIndex((other) => other.path === path) === i);
}

const unique = (texts: string[]) => [...new Set(texts)];

function knob(options: {
  path: string;
  name: string;
  fields: FieldSchema[];
  holders: FieldSchema[];
  names: Names;
  everywhere: boolean;
}): Knob {
  const { path, name, fields, holders, names, everywhere } = options;
  const kinds = holders.flatMap((holder) => constantOf(holder)?.value ?? []);
  const [fallback] = fields.map((field) => (field.default === undefined ? '' : JSON.stringify(field.default)));
  const required = holders.every((holder) => holder.required?.includes(name));
  const meaning = unique([
    ...fields.flatMap(({ description }) => description ?? []),
    ...fields.flatMap((field) => (field.names === undefined ? [] : namesText(names[field.names] ?? []))),
  ]).join(' ');
  return {
    path,
    type: typeText({ anyOf: fields }),
    default: required ? 'required' : fallback === '{}' ? '' : (fallback ?? ''),
    meaning: meaning && !everywhere ? `${meaning} (${alternatives(kinds)} only)` : meaning,
  };
}

const namesText = (known: readonly string[]) => `Known: ${known.map((one) => `\`${one}\``).join(', ')}.`;

const INTRODUCTION = `# Every setting

Made from configs/schema.ts by \`npm run docs:config\`.

A run config is a YAML file in configs/, or the input of a run in the Temporal UI. The smallest one has \`name\` and
\`documents\`; every other field has a default. \`a.b\` is field \`b\` below \`a\`, and \`a[].b\` field \`b\` of each entry of the
list \`a\`. A field that is not listed here is an error.
`;

/** @param names what may stand where the schema says only what kind of name it is */
export async function configDocument(names: Names): Promise<string> {
  const sections = [
    INTRODUCTION,
    '## A run',
    table(knobs(fieldSchema(RunConfigSchema), names)),
    '## The policy of each alias: configs/stages.yaml',
    table(knobs(fieldSchema(StagesSchema))),
    '## Where keys may go: configs/keys.yaml',
    table(knobs(fieldSchema(KeysSchema))),
    '## Where documents may be fetched from: configs/sources.yaml',
    table(knobs(fieldSchema(SourcesSchema))),
    '## Who is told: configs/webhooks.yaml',
    table(knobs(fieldSchema(WebhooksSchema))),
    '## Who hosts models that are registered: configs/hosted.yaml',
    table(knobs(fieldSchema(HostedSchema))),
  ];
  const style = await resolveConfig(CONFIG_DOCUMENT);
  return format(sections.join('\n\n'), { ...style, parser: 'markdown' });
}

function table(rows: Knob[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  return [
    '| field | what may stand there | default | meaning |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => {
      const fallback = row.default && row.default !== 'required' ? `\`${row.default}\`` : row.default;
      return `| \`${row.path}\` | ${cell(row.type)} | ${cell(fallback)} | ${cell(row.meaning)} |`;
    }),
  ].join('\n');
}

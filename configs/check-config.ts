import { check, ConfigError, type Locate } from '../common/config-errors.ts';
import type { Path } from '../common/field-schema.ts';
import { nameProblems, type KnownNames } from './check-names.ts';
import { RunConfigSchema, type RunConfig } from './schema.ts';

/** Sections whose fields are held against each other: what is said of one follows from another that is wrong. */
const TOGETHER: readonly (readonly string[])[] = [
  ['evaluation', 'gate'],
  ['teacher', 'generation', 'imports', 'split'],
];

/** What stands in for a field that has no default. */
const STAND_INS: Readonly<Record<string, unknown>> = { name: 'a-name', documents: 'documents' };

/** A config by its schema. @throws ConfigError with what is wrong with its form, and with the names in what else it says */
export function checkForm(options: { value: unknown; known: KnownNames; at: Locate }): RunConfig {
  const { value, known, at } = options;
  try {
    return check({ schema: RunConfigSchema, value, at });
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    const rest = withoutFaults(value);
    const further = rest === undefined ? [] : nameProblems({ config: rest.config, known }).filter(rest.isSure);
    throw new ConfigError([...cause.problems, ...further.map(({ path, message }) => `${at(path)}: ${message}`)]);
  }
}

/** @throws ConfigError naming every field whose name or whose company is wrong */
export function checkNames({ config, known, at }: { config: RunConfig; known: KnownNames; at: Locate }): void {
  const problems = nameProblems({ config, known });
  if (problems.length > 0) throw new ConfigError(problems.map(({ path, message }) => `${at(path)}: ${message}`));
}

/** The config with defaults where something is wrong, and which of its fields can be judged nevertheless. */
function withoutFaults(
  value: unknown,
): { config: RunConfig; isSure: (problem: { path: Path }) => boolean } | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const rest = structuredClone(value) as Record<string, unknown>;
  const whole = new Set<string>();
  const cuts: Path[] = [];
  const parse = () => RunConfigSchema.safeParse(rest);
  // One field at a time where that is enough, else the section that it stands in.
  for (const cut of [cutField, cutSection])
    for (const issue of parse().error?.issues ?? [])
      for (const path of issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => [...issue.path, key])
        : [issue.path]) {
        cut(rest, path, whole);
        cuts.push(path);
      }
  const { data: config } = parse();
  if (!config) return undefined;
  const unsure = new Set([...whole].flatMap((name) => TOGETHER.find((names) => names.includes(name)) ?? [name]));
  // What is said of a whole, such as a judge, may follow from the field of it that was cut.
  const holdsCut = (path: Path) => cuts.some((cut) => path.every((part, i) => cut[i] === part));
  return { config, isSure: ({ path }) => !unsure.has(String(path[0])) && !holdsCut(path) };
}

function cutField(config: Record<string, unknown>, path: Path): void {
  const name = path.at(-1);
  const holder = path
    .slice(0, -1)
    .reduce<unknown>((inner, part) => (inner as Record<PropertyKey, unknown>)?.[part], config);
  if (name === undefined || typeof holder !== 'object' || holder === null) return;
  // The places of the others in a list must stay.
  if (Array.isArray(holder)) return;
  if (path.length === 1 && name in STAND_INS) config[String(name)] = STAND_INS[String(name)];
  else delete (holder as Record<PropertyKey, unknown>)[name];
}

function cutSection(config: Record<string, unknown>, [section]: Path, whole: Set<string>): void {
  if (section === undefined) return;
  whole.add(String(section));
  delete config[String(section)];
}

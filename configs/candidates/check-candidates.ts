import type { FieldProblem, Path } from '../../common/field-schema.ts';
import { unknownName } from '../../common/unknown-name.ts';
import {
  BASE_ARM,
  BASE_OPEN_ARM,
  closedArmOf,
  ECHO_ARM,
  EXTRACT_ARM,
  INCUMBENT_ARM,
  LOOKUP_ARM,
} from '../../schema/evaluation.ts';
import { baseSource, NAMED_BASES } from '../base-schema.ts';
import { isPrompt, isTrl, type RunConfig } from '../schema.ts';

/** Arms of every evaluation: no candidate may be named so. */
const ARMS = [BASE_ARM, INCUMBENT_ARM, ECHO_ARM, LOOKUP_ARM, BASE_OPEN_ARM, EXTRACT_ARM];

/** What is wrong with a config's candidates that their schema can't see. */
export function candidateProblems(config: Pick<RunConfig, 'candidates' | 'retrieval'>): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const demand = (ok: boolean, path: Path, message: string) => {
    if (!ok) problems.push({ path: ['candidates', ...path], message });
  };
  const names = config.candidates.map(({ name }) => name);
  const closed = new Map(names.map((name) => [closedArmOf(name), name]));
  config.candidates.forEach((candidate, i) => {
    const { name, base } = candidate;
    demand(names.indexOf(name) === i, [i, 'name'], `'${name}' names two candidates; give each its own name`);
    demand(
      !ARMS.includes(name),
      [i, 'name'],
      `'${name}' is the name of an arm that every evaluation has; choose another`,
    );
    demand(
      !closed.has(name),
      [i, 'name'],
      `'${name}' is the name of the arm of ${closed.get(name)} without the documents; choose another`,
    );
    if (isTrl(candidate)) {
      demand(
        candidate.maxSteps === undefined || candidate.epochs === undefined,
        [i, 'epochs'],
        `found ${candidate.epochs}, and maxSteps ${candidate.maxSteps}; expected one of the two`,
      );
      demand(
        candidate.openBook === undefined || config.retrieval !== undefined,
        [i, 'openBook'],
        'found it without `retrieval:`, and so there are no documents to train with; add `retrieval: {}`, or leave it out',
      );
    } else
      demand(
        config.retrieval !== undefined,
        [i, 'provider'],
        `found '${candidate.provider}' without \`retrieval:\`, and so ${isPrompt(candidate) ? 'no documents to answer from' : 'nothing to quote'}; add \`retrieval: {}\`, or leave the candidate out`,
      );
    const source = baseSource(base);
    demand(
      !isTrl(candidate) || source?.kind !== 'hosted',
      [i, 'base'],
      `found '${base}', whose weights nobody has; expected a model that can be trained here, or the provider that hosts it`,
    );
    demand(
      source !== undefined,
      [i, 'base'],
      `${unknownName('base', base, Object.keys(NAMED_BASES))}; or the id of a model of the hub (organisation/model), a folder (./models/mine) or a .gguf file`,
    );
  });
  return problems;
}

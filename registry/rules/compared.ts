import { BASE_ARM } from '../../schema/evaluation.ts';
import { contentKey, type ModelVersion } from '../schema.ts';
import type { Lack } from './lack.ts';

/** Whether a version's newest evaluation compared it with what a promotion says that it did. Pure. */

type Compared = Pick<ModelVersion, 'model' | 'version' | 'base' | 'evaluated' | 'made'>;

export interface ComparedRules {
  version: Compared;
  alias: string;
  /** What the promotion says that served when the version was evaluated; null for nothing. */
  claimed: ModelVersion | null;
  /** Where nothing served: what the alias is pointed at first, so that it can be rolled back. */
  first?: number | undefined;
  /** What the evaluation that the version was registered with says, where that is another one. */
  incumbent?: ModelVersion | undefined;
}

/** What served when the version was evaluated; `'another model'`, or undefined where that is not known, as in versions of before. */
export function comparedWith({ model, evaluated, made }: Compared): number | null | 'another model' | undefined {
  if (!evaluated) return made?.incumbentVersion;
  return evaluated.against.model === model ? evaluated.incumbentVersion : 'another model';
}

/** Undefined where it did, and where that is not known. */
export function comparedLack({ version, alias, claimed, first, incumbent }: ComparedRules): Lack | undefined {
  const compared = comparedWith(version);
  if (compared === undefined || compared === (claimed?.version ?? null) || compared === first) return undefined;
  if (claimed === null ? isAgainstNothing({ version, incumbent }) : isItsBase({ version, claimed })) return undefined;
  // The same content under another number is the same comparison, as far as evaluations of runs tell.
  if (!version.evaluated && incumbent && claimed && contentKey(incumbent) === contentKey(claimed)) return undefined;
  const name = `${version.model}@v${version.version}`;
  const found =
    compared === 'another model'
      ? `${version.evaluated?.against.model}@${version.evaluated?.against.alias}`
      : compared === null
        ? 'nothing that served'
        : `version ${compared}`;
  return {
    rule: 'evidence',
    found: `an evaluation of ${name} against ${found}`,
    expected: claimed
      ? `one against version ${claimed.version}, which the promotion names as what serves`
      : 'one beside the untuned base, for the promotion says that nothing serves',
    fix: `npx whetstone evaluate ${name} --against ${version.model}@${alias}`,
  };
}

/** Every run compares its candidate with its base beside what serves; an evaluation of later, where nothing served. */
function isItsBase({ version, claimed }: { version: Compared; claimed: ModelVersion }): boolean {
  const { evaluated } = version;
  if (evaluated) return evaluated.incumbentVersion === null && evaluated.baseVersion === claimed.version;
  return claimed.candidate === BASE_ARM && claimed.base === version.base;
}

/** Where nothing serves the base is what is compared with: also where that, or the version itself, served in name. */
function isAgainstNothing({ version, incumbent }: Pick<ComparedRules, 'version' | 'incumbent'>): boolean {
  if (!incumbent) return false;
  return incumbent.version === version.version || (incumbent.candidate === BASE_ARM && incumbent.base === version.base);
}

interface Reader {
  getVersion: (model: string, version: number) => Promise<ModelVersion>;
}

/** The same, with what it has to read. */
export async function comparedLackOf(
  { getVersion }: Reader,
  { claimed, ...of }: { version: ModelVersion; alias: string; claimed: number | null; first?: number | undefined },
): Promise<Lack | undefined> {
  const { version } = of;
  const compared = comparedWith(version);
  return comparedLack({
    ...of,
    claimed: claimed === null ? null : await getVersion(version.model, claimed),
    incumbent: typeof compared === 'number' ? await getVersion(version.model, compared) : undefined,
  });
}

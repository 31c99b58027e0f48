import type { ArtifactStore, StoredArtifact } from '../artifacts/store.ts';
import { ArtifactError } from '../common/errors.ts';
import { sha256Of } from '../common/hash.ts';
import type { DataRef } from '../schema/data.ts';

/**
 * Pages among the artifacts. A page's place says whose it is: below `evidence-pages/of-<evaluation>/` it is `by-<hash of the candidate's
 * name>`, or for a promotion `for-<hash of its id>`. So it is found without an index, and a clean-up keeps it as long as its evaluation.
 */
const KIND = 'evidence-pages';

/** What a page is of. */
export interface PageOf {
  /** Hash of the evaluation; the first 12 digits are enough to find it. */
  evaluation: string;
  candidate?: string | undefined;
  /** Id of the promotion that it is for. */
  promotion?: string | undefined;
}

export async function keepPage(
  options: PageOf & { candidate: string; artifacts: Pick<ArtifactStore, 'addBytes'>; html: string },
): Promise<DataRef> {
  const { artifacts, html, ...of } = options;
  return artifacts.addBytes({ kind: kindOf(of), bytes: Buffer.from(html), ending: '.html', rows: 1 });
}

/**
 * The newest page of it: a gate that was changed decides anew on the same evaluation. Without a candidate, of the one that the gate chose,
 * whose page is written last.
 */
export async function findPage(
  options: PageOf & { artifacts: Pick<ArtifactStore, 'list'> },
): Promise<StoredArtifact | undefined> {
  const { artifacts, ...of } = options;
  const kind = kindOf(of);
  return newest(artifacts, kind, (found) => !found.kind.startsWith(`${kind}/for-`));
}

/** The newest page of all. */
export const newestPage = (artifacts: Pick<ArtifactStore, 'list'>): Promise<StoredArtifact | undefined> =>
  newest(artifacts, KIND, () => true);

/** @throws ArtifactError where it was changed */
export async function readPage(artifacts: Pick<ArtifactStore, 'readText'>, { uri, name }: StoredArtifact) {
  const html = await artifacts.readText(uri);
  const found = sha256Of(html).slice(0, name.length);
  if (found === name) return html;
  throw new ArtifactError(`evidence page ${uri}: found content with hash ${found}…, expected ${name}…; it was changed`);
}

function kindOf({ evaluation, candidate, promotion }: PageOf): string {
  const whole = `${KIND}/of-${evaluation.slice(0, 12)}`;
  if (promotion !== undefined) return `${whole}/for-${sha256Of(promotion).slice(0, 12)}`;
  return candidate === undefined ? whole : `${whole}/by-${sha256Of(candidate).slice(0, 12)}`;
}

async function newest(
  artifacts: Pick<ArtifactStore, 'list'>,
  kind: string,
  isOne: (found: StoredArtifact) => boolean,
): Promise<StoredArtifact | undefined> {
  let last: StoredArtifact | undefined;
  for await (const found of artifacts.list(kind))
    if (isOne(found) && (last === undefined || found.writtenAt > last.writtenAt)) last = found;
  return last;
}

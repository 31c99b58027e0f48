import type { ArtifactStore, StoredArtifact } from '../../artifacts/store.ts';
import { ArtifactError } from '../../common/errors.ts';
import { sha256Of } from '../../common/hash.ts';
import { SampleSchema, type KeptSample, type Sample } from './sample.ts';

/** Samples among the artifacts, below `blind-samples/of-<evaluation>/for-<hash of the promotion's id>`: found as pages are, and kept as long. */
const kindOf = ({ evaluation, promotion }: Pick<Sample, 'evaluation' | 'promotion'>) =>
  `blind-samples/of-${evaluation.slice(0, 12)}/for-${sha256Of(promotion).slice(0, 12)}`;

export async function keepSample(artifacts: Pick<ArtifactStore, 'addBytes'>, sample: Sample): Promise<KeptSample> {
  const bytes = Buffer.from(JSON.stringify(sample));
  const { sha256 } = await artifacts.addBytes({ kind: kindOf(sample), bytes, ending: '.json', rows: 1 });
  return { sample, id: sha256.slice(0, 12) };
}

/**
 * The sample of a promotion; undefined where none was drawn. Of several, which takes a page that was written twice by different versions, the newest.
 * @param of.id the one that is meant
 * @throws ArtifactError where it was changed
 */
export async function findSample(
  artifacts: Pick<ArtifactStore, 'list' | 'readText'>,
  { id, ...of }: Pick<Sample, 'evaluation' | 'promotion'> & { id?: string | undefined },
): Promise<KeptSample | undefined> {
  let last: StoredArtifact | undefined;
  for await (const found of artifacts.list(kindOf(of))) {
    if (found.state !== 'whole' || (id !== undefined && !found.name.startsWith(id.slice(0, 12)))) continue;
    if (last === undefined || found.writtenAt > last.writtenAt) last = found;
  }
  if (!last) return undefined;
  const text = await artifacts.readText(last.uri);
  const hash = sha256Of(text).slice(0, last.name.length);
  if (hash !== last.name)
    throw new ArtifactError(
      `blind sample ${last.uri}: found content with hash ${hash}…, expected ${last.name}…; it was changed`,
    );
  return { sample: SampleSchema.parse(JSON.parse(text)), id: last.name };
}

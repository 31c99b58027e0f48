import { canonicalJson } from '../../common/canonical-json.ts';
import { sha256Of } from '../../common/hash.ts';
import type { RegisterModelInput } from '../../contract/version-stages.ts';
import { modelId } from '../../schema/model-ref.ts';
import { asServed } from '../candidates.ts';
import type { Registry } from '../store.ts';

/** The candidate's name of a version that no run made. */
export const REGISTERED = 'registered';

/**
 * Writes a model that was made elsewhere down as a version. A version is what answers and how it is served: the same again is
 * the version that it was.
 */
export async function registerModel(
  registry: Pick<Registry, 'registerVersion'>,
  input: RegisterModelInput & { at: string },
): Promise<{ version: number; isNew: boolean }> {
  const { model, ref, servedAs, base, origin, at } = input;
  const content = sha256Of(canonicalJson({ id: modelId(ref), ...servedAs }));
  const registered = await registry.registerVersion({
    model,
    candidate: REGISTERED,
    runId: `registered/${content.slice(0, 12)}`,
    base: base ?? origin.source,
    ref,
    ...asServed(servedAs),
    origin,
    at,
  });
  return { version: registered.version, isNew: registered.origin?.run === origin.run };
}

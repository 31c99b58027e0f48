import type { ArtifactStore } from '../../artifacts/store.ts';
import { RequestError } from '../../common/errors.ts';
import { hashKeptModel } from '../../providers/training/model-folder.ts';
import type { AliasMove, ModelVersion } from '../../registry/schema.ts';
import type { Registry } from '../../registry/store.ts';
import { isWeights, modelId, modelUri, type ModelRef } from '../../schema/model-ref.ts';
import { evaluationLinks, evaluationsOf, gateLink } from './evaluation-links.ts';
import { documentsSeen, sawGone } from './gone.ts';
import { datasetLinks } from './dataset-links.ts';
import { demand, type Link } from './link.ts';
import { placesOf, type Places } from './places.ts';
import { approvalLink, departureLink, deploymentLink, keysOf } from './promotion-links.ts';
import { indexLinks } from './open-book.ts';
import { servedLink } from './served.ts';
import { withheldLines, type Indexes } from './withheld.ts';

export interface ChainRequest {
  model: string;
  version: number;
  /** Of the dataset: its id or its question; without, the first one that was trained on; null for none. */
  example?: string | null | undefined;
  /** The one that an answer came by; without, all of them. */
  move?: AliasMove | undefined;
}

/** Where a chain is looked for. */
export interface Audited {
  registry: Registry;
  store: ArtifactStore;
  /** Address of the model server that runs, without `/v1`, where one does. */
  modelServer?: string | undefined;
  /** The file in which the gateway notes its answers. */
  answers?: string | undefined;
  /** Where this system has any. */
  indexes?: Indexes | undefined;
}

/**
 * From a version back to the documents, each link with its hash and where it lies: version, deployments, approvals, gate, evaluation,
 * answers, job, dataset, and for one example its judgements, passage and document.
 * @throws NotInRegistryError for a version that is not there
 */
export async function chainOf(
  { registry, store, modelServer, indexes }: Audited,
  request: ChainRequest,
): Promise<Link[]> {
  const places = placesOf(store);
  const version = await registry.getVersion(request.model, request.version);
  const evaluations = await evaluationsOf(registry, version);
  const promotions = await registry.promotionsTo(version.model, version.version);
  const moves = await registry.movesTo(version.model, version.version);
  const shown = moves.filter(
    ({ alias, seq }) => !request.move || (request.move.alias === alias && request.move.seq === seq),
  );
  const away = (await registry.history(version.model)).filter(
    ({ fromVersion, toVersion }) => fromVersion === version.version && toVersion !== version.version,
  );
  const blocks = (await registry.blocks(version.model)).filter((one) => one.version === version.version);
  const said = promotions.length > 0 ? await registry.decisionsOf(version.model) : [];
  const approvals = promotions.map(async (promotion) => {
    const decisions = await registry.decisions(promotion.id);
    return approvalLink({ promotion, decisions, keys: keysOf(said, promotion.id), evaluations, moves });
  });
  const evaluated = evaluations.map(async (of) => [
    ...gateLink(of, version, promotions),
    ...(await evaluationLinks({ of, version, store, places })),
  ]);
  return [
    await registryLink(registry, version.model),
    versionLink(version, { gone: await sawGone(documentsSeen({ store, places }), version), blocks }),
    ...indexLinks(version, await withheldLines(indexes, version)),
    ...shown.map((move) => deploymentLink(move, promotions)),
    ...(request.move ? [] : away.map(departureLink)),
    ...(await Promise.all(approvals)),
    ...(await Promise.all(evaluated)).flat(),
    await jobLink({ version, store, places }),
    ...(await servedLink({ version, store, places, modelServer })),
    ...(await datasetLinks({ version, store, places, example: request.example })),
  ];
}

/** All rows of the model, whichever version they are of: a reason that was changed, a decision that was taken out. */
async function registryLink(registry: Registry, model: string): Promise<Link> {
  const last = await registry.lastSeal(model);
  return {
    what: 'registry',
    name: `history of ${model}`,
    ...(last && { sha256: last.link }),
    where: 'the registry',
    says: [`${last?.seq ?? 0} rows, each sealed with a hash over it and the seal before`],
    check: async () => {
      const { broken } = await registry.checkSeals(model);
      if (broken) throw new Error(broken);
    },
  };
}

function versionLink(
  { model, version, candidate, base, runId, ref, createdAt, systemPrompt, sampling }: ModelVersion,
  { gone, blocks }: { gone: string | undefined; blocks: Awaited<ReturnType<Registry['blocks']>> },
): Link {
  return {
    what: 'version',
    name: `${model}@v${version}`,
    sha256: modelId(ref),
    where: 'the registry',
    says: [
      `candidate ${candidate} on base ${base}, run ${runId}, registered ${createdAt}`,
      `asked with ${JSON.stringify(systemPrompt)}, temperature ${sampling.temperature}, at most ${sampling.maxTokens} tokens`,
      ...(gone === undefined ? [] : [gone]),
      ...blocks.map(
        ({ action, by, at, why }) => `${action === 'block' ? 'withdrawn' : 'cleared'} by ${by} at ${at}: ${why}`,
      ),
    ],
  };
}

async function jobLink(options: { version: ModelVersion; store: ArtifactStore; places: Places }): Promise<Link> {
  const { version, store, places } = options;
  const { ref, candidate, made, origin } = version;
  const none =
    candidate === 'base'
      ? 'none: a base'
      : origin && `none: ${origin.kind === 'version' ? 'like' : 'made elsewhere,'} ${origin.kind} ${origin.source}`;
  return {
    what: 'job',
    name: none ?? `that trained ${candidate}`,
    sha256: modelId(ref),
    where: await places(modelUri(ref)),
    says: [
      jobSays(ref),
      ...(made ? [`run config ${made.configHash}`] : []),
      ...(origin ? [`registered by ${origin.by}: ${origin.why}`, ...(origin.notes ?? [])] : []),
    ],
    mayBeGone: true,
    check: async () => {
      // A base of the hub is pinned by its revision.
      if (!isWeights(ref) || ref.uri.startsWith('hf://')) return;
      const folder = await store.localFolder(await places(ref.uri));
      demand(await hashKeptModel(folder), ref.sha256, `the weights in ${folder}`);
    },
  };
}

function jobSays(ref: ModelRef): string {
  if (isWeights(ref)) return 'weights, tokenizer and chat template';
  return ref.kind === 'hosted'
    ? 'hosted by its provider: there are no weights to hash'
    : 'a rule that quotes the documents: there are no weights to hash';
}

/** A link that was looked at. */
export type Verified = Omit<Link, 'check'> & { status: 'holds' | 'broken' | 'gone'; why?: string };

/**
 * Recomputes the hashes along a chain.
 * @returns every link up to the first broken one, which is the last
 */
export async function* verifyChain(links: readonly Link[]): AsyncGenerator<Verified, void> {
  for (const { check, ...link } of links) {
    try {
      await check?.();
      yield { ...link, status: 'holds' };
    } catch (error) {
      const { name, message } = error as Error;
      const isGone = link.mayBeGone === true && name === 'MissingArtifactError';
      yield { ...link, status: isGone ? 'gone' : 'broken', why: message };
      if (!isGone) return;
    }
  }
}

/** @throws RequestError where a version has no evaluation and so no chain */
export function assertEvaluated({ model, version, evidence, candidate }: ModelVersion): void {
  if (evidence) return;
  throw new RequestError(
    `${model}@v${version} (${candidate}) was never evaluated by itself; evaluate it: npx whetstone evaluate ${model}@v${version}, or name another version: npx whetstone models ${model}`,
  );
}

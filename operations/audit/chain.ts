import type { ArtifactStore } from '../../artifacts/store.ts';
import { RequestError } from '../../common/errors.ts';
import { hashKeptModel } from '../../providers/training/model-folder.ts';
import {
  servedAsOf,
  type AliasMove,
  type ArtifactRef,
  type Decision,
  type ModelVersion,
  type Promotion,
} from '../../registry/schema.ts';
import { standingOf } from '../../registry/decisions/standing.ts';
import type { Registry } from '../../registry/store.ts';
import { servedKey, type Evaluation, type GateDecision } from '../../schema/evaluation.ts';
import { isWeights, modelId, modelUri, type ModelRef } from '../../schema/model-ref.ts';
import { evaluationOf } from './evidence.ts';
import { documentsSeen, sawGone } from './gone.ts';
import { datasetLinks } from './dataset-links.ts';
import { demand, type Link } from './link.ts';
import { placesOf, type Places } from './places.ts';
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
  const approvals = promotions.map(async (promotion) =>
    approvalLink({ promotion, decisions: await registry.decisions(promotion.id), evaluations, moves }),
  );
  const evaluated = evaluations.map(async (of) => [
    ...gateLink(of, version, promotions),
    ...(await evaluationLinks({ of, version, store, places })),
  ]);
  return [
    await registryLink(registry, version.model),
    versionLink(version, await sawGone(documentsSeen({ store, places }), version)),
    ...indexLinks(version, await withheldLines(indexes, version)),
    ...shown.map((move) => deploymentLink(move, promotions)),
    ...(await Promise.all(approvals)),
    ...(await Promise.all(evaluated)).flat(),
    await jobLink({ version, store, places }),
    ...(await servedLink({ version, store, places, modelServer })),
    ...(await datasetLinks({ version, store, places, example: request.example })),
  ];
}

/** One evaluation of a version: the one that it was registered with, or a later one. */
interface Evaluated {
  evidence: ArtifactRef;
  gate: GateDecision | undefined;
  /** What the version's answers go by in it. */
  arm: string;
  /** What tells it from the others. */
  when: string;
}

/** Oldest first: the last one speaks for the version. */
async function evaluationsOf(registry: Registry, version: ModelVersion): Promise<Evaluated[]> {
  const { model, candidate, evaluated } = version;
  const { evidence, gate } = evaluated ? evaluated.first : version;
  const later = evaluated ? await registry.evaluations(model, version.version) : [];
  return [
    ...(evidence ? [{ evidence, gate, arm: gate?.candidate ?? candidate, when: '' }] : []),
    ...later.map((one) => ({
      evidence: one.evidence,
      gate: one.gate,
      arm: one.made.arm,
      when: `, evaluated again ${one.at} against ${one.made.against.model}@${one.made.against.alias}`,
    })),
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
  { model, version, candidate, base, runId, ref, createdAt, blocked, systemPrompt, sampling }: ModelVersion,
  gone: string | undefined,
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
      ...(blocked ? [`withdrawn by ${blocked.by} at ${blocked.at}: ${blocked.why}`] : []),
    ],
  };
}

function deploymentLink(move: AliasMove, promotions: readonly Promotion[]): Link {
  const { model, alias, seq, fromVersion, toVersion, kind, by, why, at, requestId } = move;
  return {
    what: 'deployment',
    name: `${model}@${alias}, move ${seq}`,
    where: 'the registry',
    says: [`${fromVersion ?? 'nothing'} -> ${toVersion ?? 'nothing'}, ${kind} by ${by} at ${at}: ${why}`],
    check: async () => {
      if (kind !== 'promote' && kind !== 'break-glass') return;
      const promotion = promotions.find(({ id }) => id === requestId);
      demand(promotion?.state ?? 'no promotion', 'promoted', `its promotion ${requestId}`);
    },
  };
}

function approvalLink(options: {
  promotion: Promotion;
  decisions: readonly Decision[];
  evaluations: readonly Evaluated[];
  moves: readonly AliasMove[];
}): Link {
  const { promotion, decisions, evaluations, moves } = options;
  const { id, alias, state, approvalsNeeded, evidenceSha256, gateDecision, request } = promotion;
  return {
    what: 'approvals',
    name: id,
    ...(evidenceSha256 !== undefined && { sha256: evidenceSha256 }),
    where: 'the registry',
    says: [
      `to ${alias}: ${state}; ${approvalsNeeded} approval(s) asked`,
      ...(request ? [`asked for by ${request.by}${request.override ? ', override' : ''}: ${request.why}`] : []),
      ...decisions.map(({ decision, by, at, why }) => `${decision} by ${by} at ${at}: ${why}`),
      ...(state === 'promoted' ? owedLines(decisions) : []),
    ],
    check: async () => {
      const of = evaluations.find(({ evidence }) => evidence.sha256 === evidenceSha256);
      const known = evaluations.map(({ evidence }) => evidence.sha256).join(' or ') || 'none';
      demand(evidenceSha256 ?? 'none', of?.evidence.sha256 ?? known, 'the evidence that was approved');
      if (of?.gate) demand(gateDecision ?? 'none', of.gate.decision, "the gate's decision that was approved");
      const approvals = standingOf(decisions, new Map()).approvals.length;
      const broken = decisions.some(({ decision }) => decision === 'break-glass');
      const hasMoved = moves.some(({ requestId }) => requestId === id);
      demand(hasMoved, state === 'promoted', 'whether it moved its alias');
      if (hasMoved && approvals < approvalsNeeded && !broken)
        throw new Error(`${approvals} approvals, and ${approvalsNeeded} were asked; yet it moved its alias`);
    },
  };
}

/** A move past the rules that nobody has reviewed. */
function owedLines(decisions: readonly Decision[]): string[] {
  const broken = decisions.find(({ decision }) => decision === 'break-glass');
  if (!broken || decisions.some(({ decision }) => decision === 'review')) return [];
  const due = broken.reviewBy ?? broken.at;
  return [`a review is owed until ${due}${due < new Date().toISOString() ? ', and is OVERDUE' : ''}`];
}

function gateLink({ gate, when }: Evaluated, { version }: ModelVersion, promotions: readonly Promotion[]): Link[] {
  const said = promotions.find(({ gateDecision }) => gateDecision !== undefined);
  const decision = gate?.decision ?? said?.gateDecision;
  if (decision === undefined) return [];
  return [
    {
      what: 'gate',
      name: `on version ${version}${when}`,
      where: 'the registry',
      says: [decision, ...(gate?.reasons ?? said?.reasons ?? [])],
    },
  ];
}

async function evaluationLinks(options: {
  of: Evaluated;
  version: ModelVersion;
  store: ArtifactStore;
  places: Places;
}): Promise<Link[]> {
  const { of, version, store, places } = options;
  const { evidence, arm, when } = of;
  const where = await places(evidence.uri);
  let evaluation: Evaluation | undefined;
  let unreadable: unknown;
  try {
    evaluation = await evaluationOf(store, of, places);
  } catch (error) {
    unreadable = error;
  }
  const link: Link = {
    what: 'evaluation',
    name: `of ${arm}${when}`,
    sha256: evidence.sha256,
    where,
    says: evaluation
      ? [
          `against ${evaluation.against}`,
          ...evaluation.suites.map(({ name, questions }) => `${name}: ${questions} questions`),
        ]
      : [],
    check: async () => {
      if (unreadable) throw unreadable;
      demand(evaluation?.models[arm] ?? 'no weights', modelId(version.ref), 'what was evaluated');
      const asked = evaluation?.serving?.[arm];
      if (!asked) return;
      demand(servedKey(asked), servedKey(servedAsOf(version)), 'how it was asked');
    },
  };
  const answers = (evaluation?.suites ?? []).map(async ({ name, results }): Promise<Link> => {
    const uri = await places(results.uri);
    return {
      what: 'answers',
      name: `to ${name}`,
      sha256: results.sha256,
      where: uri,
      says: [`${results.rows} answers with their judgements`],
      mayBeGone: true,
      check: async () => void (await store.localFile({ ...results, uri })),
    };
  });
  return [link, ...(await Promise.all(answers))];
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

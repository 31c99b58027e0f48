import { ArtifactError } from '../../common/errors.ts';
import type { AliasMove, ArtifactRef, ModelVersion, VersionEvaluation } from '../../registry/schema.ts';
import type { EventType, RegistryEvent } from '../../schema/event.ts';
import type { Evaluation } from '../../schema/evaluation.ts';
import type { Delivery, Sink, SinkTiming } from '../types.ts';
import { createMlflow, type Mlflow, type Tag } from './client.ts';
import {
  evaluatedLater,
  EVALUATION_TAG,
  evidenceTags,
  metricsOf,
  millisecondsOf,
  MODEL_TAG,
  paramsOf,
  registeredWith,
  sourceOf,
  tagOf,
  tagsOf,
  VERSION_TAG,
  type Judged,
} from './describe.ts';
import { MlflowError } from './rest.ts';
import type { MlflowSettings } from './settings.ts';

/** The registry as MLflow shows it: versions, their figures, and what each alias points at. A sink, told of all that ever happened. */

export const MLFLOW_SINK = 'mlflow';

/** It waits for MLflow for as long as it takes: what is told later is told in order. */
const RETRIES: SinkTiming = { firstRetryMs: 2_000, mostRetryMs: 60_000 };

export interface MirrorSource {
  getVersion: (model: string, version: number) => Promise<ModelVersion>;
  /** What made an alias what it is now. */
  lastMove: (model: string, alias: string) => Promise<AliasMove | undefined>;
  /** Those that followed after a version was registered. */
  evaluations: (model: string, version: number) => Promise<VersionEvaluation[]>;
  /** @throws ArtifactError where it is gone */
  evaluation: (evidence: ArtifactRef) => Promise<Evaluation>;
  /** The gateway's address, where it is known. */
  gateway?: string | undefined;
}

export function createMirror(settings: MlflowSettings, source: MirrorSource, timing: SinkTiming = RETRIES): Sink {
  const mlflow = createMlflow(settings);
  return {
    name: MLFLOW_SINK,
    from: 'start',
    wants: ({ type }) => type !== 'budget.reached',
    timing,
    deliver: async (event, signal): Promise<Delivery> => {
      try {
        await mirror({ mlflow, source, signal }, event);
        return { status: 'delivered' };
      } catch (error) {
        if (error instanceof MlflowError && !error.passes) return { status: 'refused', why: error.message };
        if (error instanceof ForeignModel) return { status: 'refused', why: error.message };
        throw withCause(error);
      }
    },
  };
}

interface Place {
  mlflow: Mlflow;
  source: MirrorSource;
  signal: AbortSignal;
}

async function mirror(place: Place, event: RegistryEvent): Promise<void> {
  const { mlflow, signal } = place;
  const { type, model, alias, data } = event;
  if (type === 'alias.taken_down') {
    if (alias !== null && (await isLast(place, event)) && (await isOurs(place, model)))
      await mlflow.deleteAlias(model, alias, signal);
    return;
  }
  if (data.version === undefined) return;
  const isNew = type === 'version.registered';
  const number = await ensureVersion(place, { model, version: data.version, isNew });
  if (alias !== null && MOVES.has(type) && (await isLast(place, event)))
    await mlflow.setAlias(model, alias, number, signal);
  if (type === 'version.evaluated') return showEvaluation(place, number, event);
  if (type === 'version.cleared') return mlflow.untagVersion(model, number, WITHDRAWN, signal);
  for (const tag of newsOf(event)) await mlflow.tagVersion(model, number, tag, signal);
}

/** Whether an alias has not moved on since: what is told late, or again, never moves it back. */
async function isLast({ source }: Place, { model, alias, data }: RegistryEvent): Promise<boolean> {
  const last = alias === null ? undefined : await source.lastMove(model, alias);
  return data.move === undefined || last?.seq === data.move;
}

const MOVES: ReadonlySet<EventType> = new Set([
  'promotion.promoted',
  'alias.bootstrapped',
  'alias.glass_broken',
  'alias.rolled_back',
]);
const WITHDRAWN = 'whetstone.withdrawn';

/** What an event leaves on its version: the newest of each kind stands. */
function newsOf({ type, alias, at, data }: RegistryEvent): Tag[] {
  const { by = '', why = '', promotionId, decision } = data;
  const said = `${at} by ${by}: ${why}`;
  const [group, what = ''] = type.split('.');
  const promotion =
    promotionId === undefined || alias === null ? [] : [tagOf(`whetstone.promotion.${alias}`, promotionId)];
  if (type === 'version.withdrawn') return [tagOf(WITHDRAWN, said)];
  if (type === 'approval.wanted')
    return [...promotion, tagOf(`whetstone.status.${alias}`, `waits for approval since ${at}`)];
  if (type === 'approval.decided' || type === 'promotion.reviewed')
    return [...promotion, tagOf(`whetstone.decision.${alias}`, `${decision}, ${said}`)];
  if (group === 'promotion' || MOVES.has(type))
    return [...promotion, tagOf(`whetstone.status.${alias}`, `${what.replace('_', ' ')} ${said}`)];
  return [];
}

/**
 * The version in MLflow, made where it is missing, with its run. @param isNew its run is made whole, as it may not be yet
 * @returns its number there, which may be another than ours
 */
async function ensureVersion(
  place: Place,
  { model, version, isNew }: { model: string; version: number; isNew: boolean },
): Promise<string> {
  const { mlflow, source, signal } = place;
  const key = tagOf(VERSION_TAG, String(version));
  if (!(await isOurs(place, model)))
    await mlflow.createModel(
      { name: model, description: 'Mirrored from Whetstone, whose registry decides.', tags: [tagOf(MODEL_TAG, model)] },
      signal,
    );
  const found = await mlflow.findVersion(model, key, signal);
  if (found !== undefined && !isNew) return found;
  const ours = await source.getVersion(model, version);
  const first = registeredWith(ours);
  const run = first && (await ensureRun(place, ours, first));
  if (found !== undefined) return found;
  const description = `Version ${version} of ${model} in Whetstone: ${ours.candidate}, made from ${ours.base}.`;
  const tags = [...tagsOf(ours), ...(first ? evidenceTags(first, source.gateway) : [])];
  return mlflow.createVersion(
    { name: model, source: sourceOf(ours), ...(run !== undefined && { run_id: run }), description, tags },
    signal,
  );
}

/** A later evaluation is a run of its own, which MLflow's version can't be linked to any more: a tag says which one speaks for it now. */
async function showEvaluation(place: Place, number: string, { model, data }: RegistryEvent): Promise<void> {
  const { mlflow, source, signal } = place;
  const version = await source.getVersion(model, data.version ?? 0);
  const later = await source.evaluations(model, version.version);
  const found = later.find(({ evidence }) => evidence.sha256 === data.evidenceSha256);
  if (!found) return;
  const judged = evaluatedLater(found);
  const run = await ensureRun(place, version, judged);
  for (const tag of [tagOf('whetstone.newest_run', run), ...evidenceTags(judged, source.gateway)])
    await mlflow.tagVersion(model, number, tag, signal);
}

/** The run of an evaluated version, with all its figures. @returns its id */
async function ensureRun(place: Place, version: ModelVersion, judged: Judged): Promise<string> {
  const { mlflow, source, signal } = place;
  const { model, version: number } = version;
  const experiment = await mlflow.experiment(model, [tagOf(MODEL_TAG, model)], signal);
  const key = tagOf(EVALUATION_TAG, `v${number}/${judged.seq}`);
  const startMs = millisecondsOf(judged.at);
  const name = judged.seq === 0 ? `${model} v${number}` : `${model} v${number}, evaluation ${judged.seq + 1}`;
  const tags = [key, ...tagsOf(version), ...evidenceTags(judged, source.gateway)];
  const run =
    (await mlflow.findRun(experiment, key, signal)) ??
    (await mlflow.createRun({ experiment, name, startMs, tags }, signal));
  const figures = await figuresOf(source, judged);
  await mlflow.log(run.id, { params: paramsOf(version, judged), ...figures }, signal);
  if (figures.tags.length === 0 && run.tags.some((tag) => tag.key === MISSING_TAG))
    await mlflow.untagRun(run.id, MISSING_TAG, signal);
  await mlflow.finishRun(run.id, startMs, signal);
  return run.id;
}

const MISSING_TAG = 'whetstone.figures_missing';

/** Figures that are gone keep no version from being shown; that they are gone is said, without a path of this machine. */
async function figuresOf(source: MirrorSource, judged: Judged) {
  try {
    return { metrics: metricsOf(await source.evaluation(judged.evidence), judged), tags: [] };
  } catch (error) {
    if (!(error instanceof ArtifactError)) throw error;
    return {
      metrics: [],
      tags: [tagOf(MISSING_TAG, `its evaluation can't be read: sha256 ${judged.evidence.sha256}`)],
    };
  }
}

/** A model of the same name that somebody else made: its versions and aliases are not ours to change. */
class ForeignModel extends Error {
  constructor(model: string) {
    super(
      `MLflow has a model ${model} without the tag ${MODEL_TAG}, which Whetstone did not make; rename that one, ` +
        `or give it the tag ${MODEL_TAG} with the value ${model} to have this one's versions added to it`,
    );
  }
}

/** Whether MLflow has the model. @throws ForeignModel where it has another of that name */
async function isOurs({ mlflow, signal }: Pick<Place, 'mlflow' | 'signal'>, model: string): Promise<boolean> {
  const found = await mlflow.findModel(model, signal);
  if (!found) return false;
  if (!found.tags.some(({ key, value }) => key === MODEL_TAG && value === model)) throw new ForeignModel(model);
  return true;
}

/** With what fetch keeps in its cause. */
function withCause(error: unknown): Error {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  const why = message === 'fetch failed' ? (cause?.code ?? cause?.message) : undefined;
  return new Error(why === undefined ? message : `MLflow can't be reached: ${why}`, { cause: error });
}

import { z } from 'zod';
import { createCall, missingIsNone, type Query } from './rest.ts';
import type { MlflowSettings } from './settings.ts';

/** MLflow's REST API, as much of it as the mirror needs: looked up before it is made, so that nothing is made twice. */

export interface Tag {
  key: string;
  value: string;
}

export function createMlflow(settings: MlflowSettings, timeoutMs?: number) {
  const call = createCall(settings, timeoutMs);
  const get = <T>(path: string, query: Query, schema: z.ZodType<T>, signal: AbortSignal) =>
    call({ method: 'GET', path, query, signal }, schema);
  const post = <T>(path: string, body: object, schema: z.ZodType<T>, signal: AbortSignal) =>
    call({ method: 'POST', path, body, signal }, schema);
  const tell = async (path: string, body: object, signal: AbortSignal, method = 'POST'): Promise<void> =>
    void (await call({ method, path, body, signal }, z.unknown()));

  return {
    /** @returns its id */
    async experiment(name: string, tags: readonly Tag[], signal: AbortSignal): Promise<string> {
      const ByNameSchema = z.object({ experiment: z.object({ experiment_id: z.string() }) });
      const found = await missingIsNone(
        get('experiments/get-by-name', { experiment_name: name }, ByNameSchema, signal),
      );
      if (found) return found.experiment.experiment_id;
      const IdSchema = z.object({ experiment_id: z.string() });
      return (await post('experiments/create', { name, tags }, IdSchema, signal)).experiment_id;
    },

    /** The run of an experiment that has a tag; of several, which a slow server may have made, always the same one. */
    async findRun(experiment: string, tag: Tag, signal: AbortSignal): Promise<Run | undefined> {
      const RunsSchema = z.object({ runs: z.array(RunSchema).default([]) });
      const filter = `tags.\`${tag.key}\` = ${quoted(tag.value)}`;
      const asked = { experiment_ids: [experiment], filter, max_results: 100, run_view_type: 'ACTIVE_ONLY' };
      const { runs } = await post('runs/search', asked, RunsSchema, signal);
      return runs.map(toRun).toSorted((a, b) => (a.id < b.id ? -1 : 1))[0];
    },

    async createRun(
      run: { experiment: string; name: string; startMs: number; tags: readonly Tag[] },
      signal: AbortSignal,
    ): Promise<Run> {
      const { experiment: experiment_id, name: run_name, startMs: start_time, tags } = run;
      const CreatedSchema = z.object({ run: RunSchema });
      return toRun(
        (await post('runs/create', { experiment_id, run_name, start_time, tags }, CreatedSchema, signal)).run,
      );
    },

    /** Once more, it changes nothing: the same metric at the same time is one, and a parameter is what it was. */
    async log(
      id: string,
      { params, metrics, tags }: { params: readonly Tag[]; metrics: readonly Metric[]; tags: readonly Tag[] },
      signal: AbortSignal,
    ): Promise<void> {
      // The server takes 100 parameters, 100 tags and 1,000 metrics at once.
      for (let from = 0; from < Math.max(params.length, metrics.length, tags.length); from += 100) {
        const part = <T>(list: readonly T[]) => list.slice(from, from + 100);
        await tell(
          'runs/log-batch',
          { run_id: id, params: part(params), metrics: part(metrics), tags: part(tags) },
          signal,
        );
      }
    },

    untagRun: (id: string, key: string, signal: AbortSignal) => tell('runs/delete-tag', { run_id: id, key }, signal),
    finishRun: (id: string, endMs: number, signal: AbortSignal) =>
      tell('runs/update', { run_id: id, status: 'FINISHED', end_time: endMs }, signal),

    async findModel(name: string, signal: AbortSignal): Promise<{ tags: Tag[] } | undefined> {
      const ModelSchema = z.object({ registered_model: z.object({ tags: z.array(TagSchema).default([]) }) });
      return (await missingIsNone(get('registered-models/get', { name }, ModelSchema, signal)))?.registered_model;
    },
    createModel: (model: { name: string; description: string; tags: readonly Tag[] }, signal: AbortSignal) =>
      tell('registered-models/create', model, signal),

    /** The number of the model version that has a tag; the first of several. */
    async findVersion(name: string, tag: Tag, signal: AbortSignal): Promise<string | undefined> {
      const FoundSchema = z.object({ model_versions: z.array(VersionSchema).default([]) });
      const filter = `name = ${quoted(name)} and tag.\`${tag.key}\` = ${quoted(tag.value)}`;
      const { model_versions } = await get(
        'model-versions/search',
        { filter, max_results: '100' },
        FoundSchema,
        signal,
      );
      return model_versions.map(({ version }) => version).toSorted((a, b) => Number(a) - Number(b))[0];
    },
    async createVersion(
      version: { name: string; source: string; run_id?: string; description: string; tags: readonly Tag[] },
      signal: AbortSignal,
    ): Promise<string> {
      const CreatedSchema = z.object({ model_version: VersionSchema });
      return (await post('model-versions/create', version, CreatedSchema, signal)).model_version.version;
    },
    tagVersion: (name: string, version: string, { key, value }: Tag, signal: AbortSignal) =>
      tell('model-versions/set-tag', { name, version, key, value }, signal),
    untagVersion: (name: string, version: string, key: string, signal: AbortSignal) =>
      tell('model-versions/delete-tag', { name, version, key }, signal, 'DELETE'),

    setAlias: (name: string, alias: string, version: string, signal: AbortSignal) =>
      tell('registered-models/alias', { name, alias, version }, signal),
    /** One that is not there is no error. */
    deleteAlias: (name: string, alias: string, signal: AbortSignal) =>
      tell('registered-models/alias', { name, alias }, signal, 'DELETE'),
  };
}

export type Mlflow = ReturnType<typeof createMlflow>;

export interface Metric {
  key: string;
  value: number;
  timestamp: number;
  step: number;
}

export interface Run {
  id: string;
  tags: Tag[];
}

const TagSchema = z.object({ key: z.string(), value: z.string().default('') });
const VersionSchema = z.object({ version: z.coerce.string() });
const RunSchema = z.object({
  info: z.object({ run_id: z.string() }),
  data: z.object({ tags: z.array(TagSchema).default([]) }).default({ tags: [] }),
});
const toRun = ({ info, data }: z.infer<typeof RunSchema>): Run => ({ id: info.run_id, tags: data.tags });

/** Of a filter. The names that we ask for hold no quote. */
function quoted(text: string): string {
  if (text.includes("'")) throw new Error(`MLflow's filters know no text with a quote in it: ${text}`);
  return `'${text}'`;
}

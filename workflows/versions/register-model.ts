import { isWeights, modelId, modelUri } from '../../contract/model-ref.ts';
import {
  REGISTER_EXAMPLE,
  RegisterInputSchema,
  type RegisterInput,
  type RegisterResult,
} from '../../contract/version-messages.ts';
import type { KeptModel } from '../../contract/version-stages.ts';
import { likeVersion, type Looked } from './like-version.ts';
import { beginState } from '../begin-run.ts';
import { parseInput } from '../parse-input.ts';
import * as activity from '../proxies.ts';
import { runJob } from '../run-job.ts';
import type { RunState } from '../run-state.ts';
import { tellEnding, type Told } from '../telling/ending.ts';
import { REGISTRATION_ENDS } from '../telling/run-ends.ts';

/** As `RegisterInput`, parsed. */
type Asked = ReturnType<typeof RegisterInputSchema.parse>;

/**
 * Makes a version of a model that was made elsewhere: a folder of weights, a model of the Hugging Face hub, or one that a provider
 * hosts; or of a version of ours that is to answer otherwise. Everything is looked at before anything is written: that it loads, its tokenizer and chat template, or that its provider answers.
 */
export function registerModel(input: RegisterInput): Promise<RegisterResult> {
  return tellEnding((ending) => register(input, ending), REGISTRATION_ENDS);
}

async function register(input: RegisterInput, ending: Told): Promise<RegisterResult> {
  const asked = parseInput({
    schema: RegisterInputSchema,
    input,
    workflow: 'registerModel',
    example: REGISTER_EXAMPLE,
  });
  const { model, folder, hub, hosted, like, by, why } = asked;
  const { run, runId } = beginState({ stages: ['base'], fresh: false, ending });
  run.setModel(model);
  const { ref, servedAs, base, notes } = await run.stage(
    'base',
    () => (like === undefined ? lookAt(run, asked) : likeVersion(asked)),
    (looked) => [modelUri(looked.ref), ...looked.notes].join('; '),
  );
  const kind = folder ? 'folder' : hub ? 'hub' : hosted ? 'hosted' : 'version';
  const source = folder ?? hub ?? hosted ?? like ?? '';
  const origin = { kind, source, by, why, run: runId, ...(notes.length > 0 && { notes }) } as const;
  const { version, isNew } = await activity.registerModel({
    model,
    ref,
    servedAs,
    ...(base !== undefined && { base }),
    origin,
  });
  return { model, version, isNew, uri: modelUri(ref), sha256: modelId(ref), notes };
}

/** Brings the weights to where they stay, or asks the provider. */
async function lookAt(run: RunState, asked: Asked): Promise<Looked> {
  const { model, folder, hub, hosted, systemPrompt = '', temperature = 0, maxTokens = 96 } = asked;
  const servedAs = { systemPrompt, temperature, maxTokens };
  if (hosted !== undefined) {
    const [provider = '', ...rest] = hosted.split('/');
    const ref = { kind: 'hosted', provider, id: rest.join('/') } as const;
    await activity.lookHosted({ model: ref, servedAs });
    return { ref, servedAs, notes: [] };
  }
  const source = { ...(folder !== undefined && { folder }), ...(hub !== undefined && { hub }) };
  const summary = { summary: folder ?? hub ?? '' };
  const job = await activity.prepareModel.executeWithOptions(summary, [source]);
  let kept: KeptModel | undefined;
  const { model: brought } = await runJob(run, {
    spec: { provider: 'base', job },
    about: { stage: 'base', label: 'model' },
    ...summary,
    field: folder === undefined ? 'hub' : 'folder',
    keep: async (trained, where) => {
      if (!isWeights(trained.model)) return trained;
      kept = await activity.keepModel.executeWithOptions({ ...summary, ...where }, [{ model, weights: trained.model }]);
      return { ...trained, model: kept.weights };
    },
  });
  const { notes = [], revision } = kept ?? {};
  return { ref: brought, servedAs, notes: [...(revision ? [`commit ${revision}`] : []), ...notes] };
}

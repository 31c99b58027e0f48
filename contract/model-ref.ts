import { RunError } from '../common/errors.ts';
import { modelRef, type HostedModel, type ModelRef, type Weights } from '../schema/model-ref.ts';

/** The model that a name says is hosted, such as `hosted://acme/small`: there is nothing to make of it. */
export function hostedModel(name: string): HostedModel | undefined {
  const model = modelRef({ uri: name, id: '' });
  return model.kind === 'hosted' ? model : undefined;
}

export { modelId, modelUri } from '../schema/model-ref.ts';

/** The weights of a model. @param subject what needs them, for the message @throws RunError for a hosted model, which gives none away */
export function weightsOf(model: ModelRef, subject: string): Weights {
  if (model.kind !== 'hosted') return model;
  throw new RunError(
    'hosted-model',
    `${subject}: found model '${model.id}' hosted by ${model.provider}, expected weights; choose a base or a trainer that gives its weights`,
  );
}

import { RunError } from '../common/errors.ts';
import { isWeights, modelId, type ModelRef, type Weights } from '../schema/model-ref.ts';

export { hostedModel, isWeights, modelId, modelUri } from '../schema/model-ref.ts';
export { servedKey } from '../schema/served-as.ts';

/** The weights of a model. @param subject what needs them, for the message @throws RunError where it has none to give */
export function weightsOf(model: ModelRef, subject: string): Weights {
  if (isWeights(model)) return model;
  const found =
    model.kind === 'hosted'
      ? `model '${model.id}' hosted by ${model.provider}`
      : `'${modelId(model)}', which quotes the documents and has none`;
  throw new RunError(
    model.kind === 'hosted' ? 'hosted-model' : 'quote',
    `${subject}: found ${found}, expected weights; choose a base or a trainer that gives its weights`,
  );
}

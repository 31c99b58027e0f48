/** What a worker registers: every workflow, by the name that starts it. */
export { buildDataset } from './build-dataset.ts';
export { improveModel } from './improve-model.ts';
export { promoteModel } from './promote-model.ts';
export { evaluateVersion } from './versions/evaluate-version.ts';
export { registerModel } from './versions/register-model.ts';
export { reviewPromotion } from './promotions/review-promotion.ts';
export { takeDownModel } from './promotions/take-down-model.ts';
export { rollbackModel } from './rollback-model.ts';

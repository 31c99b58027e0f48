import type { Kysely } from 'kysely';
import { appendMark, keptBy, listMarks, type NewMark } from './marks.ts';
import { takeDown, type TakedownRequest } from './takedown.ts';
import {
  deploymentOf,
  findServing,
  history,
  lastMove,
  moveAlias,
  moveOf,
  movesTo,
  movesTold,
  type MoveRequest,
} from './aliases.ts';
import {
  closePromotion,
  getPromotion,
  listDecisions,
  listPromotions,
  openPromotion,
  openPromotions,
  promotionsTo,
  untoldPromotions,
  type NewPromotion,
} from './promotions.ts';
import { gradingsOf, listGradings, recordGrading } from './grades/record.ts';
import { claimRun, keepFinishedRun, lastFinishedRun, type FinishedRun } from './runs/runs.ts';
import { listCalibrations, recordCalibration } from './calibrations.ts';
import { hindrance, type Destination } from './decisions/hindrance.ts';
import { promoteAtOnce } from './decisions/at-once.ts';
import { breakGlass, type BreakGlassRequest } from './decisions/break-glass.ts';
import type { Closing } from './decisions/closing.ts';
import { supersededBy } from './decisions/newer.ts';
import { decisionsOf, decisionsOfUntold } from './decisions/said.ts';
import { recordDecision, type NewDecision } from './decisions/record.ts';
import { owedReviews, recordReview, type NewReview } from './decisions/reviews.ts';
import { readPolicies, type PolicySource } from './rules/policies.ts';
import { bearerOf, createAccessKey, listAccessKeys, revokeAccessKey } from './identity/access-keys.ts';
import { addKey, listKeys, revokeKey } from './identity/keys.ts';
import { addEvaluation, type NewEvaluation } from './evaluations/add.ts';
import { evaluationsOf } from './evaluations/read.ts';
import { createOutbox } from './outbox/outbox.ts';
import { checkSeals, lastSeal } from './seals.ts';
import { planRollback, rollback, type RollbackRequest } from './rollback.ts';
import type { Calibration, RegistryTables } from './schema.ts';
import {
  clearBlock,
  getVersion,
  listBlocks,
  listModels,
  listVersions,
  registerVersion,
  type NewVersion,
} from './versions.ts';

export type Registry = ReturnType<typeof createRegistry>;

/**
 * The registry of model versions, the aliases that point at them, and every decision about them. Times come from the
 * caller as ISO 8601. The database needs migrateRegistry first.
 *
 * `policies` are the aliases of configs/stages.yaml, or how they are read: anew for each decision and each move. A registry opened without
 * them reads and rolls back, and refuses to promote.
 */
export function createRegistry(
  db: Kysely<RegistryTables>,
  { policies = {} }: { policies?: PolicySource | undefined } = {},
) {
  // Before the transaction, which must not wait for a file.
  const rules = () => readPolicies(policies);
  return {
    registerVersion: (version: NewVersion) => registerVersion(db, version),
    getVersion: (model: string, version: number) => getVersion(db, model, version),
    listVersions: (model: string) => listVersions(db, model),
    addEvaluation: (evaluation: NewEvaluation) => addEvaluation(db, evaluation),
    evaluations: (model: string, version?: number) => evaluationsOf(db, model, version),
    models: () => listModels(db),
    blocks: (model: string) => listBlocks(db, model),
    clearBlock: (input: { model: string; version: number; by: string; why: string; at: string }) =>
      clearBlock(db, input),

    openPromotion: (promotion: NewPromotion) => openPromotion(db, promotion),
    promotion: (id: string) => getPromotion(db, id),
    promotions: (model: string) => listPromotions(db, model),
    recordDecision: async (decision: NewDecision) => recordDecision(db, decision, await rules()),
    breakGlass: async (request: BreakGlassRequest) => breakGlass(db, request, await rules()),
    promoteAtOnce: async (request: Parameters<typeof promoteAtOnce>[1]) => promoteAtOnce(db, request, await rules()),
    recordReview: async (review: NewReview) => recordReview(db, review, await rules()),
    owedReviews: (model?: string) => owedReviews(db, { model, rules }),
    closePromotion: (closing: Closing) => closePromotion(db, closing),
    supersededBy: (promotionId: string) => supersededBy(db, promotionId),
    openPromotions: () => openPromotions(db),
    decisions: (promotionId: string) => listDecisions(db, promotionId),
    decisionsOf: (model: string, last?: number) => decisionsOf(db, model, last),
    decisionsOfUntold: (model: string) => decisionsOfUntold(db, model),
    movesTold: (of: Parameters<typeof movesTold>[1]) => movesTold(db, of),
    untoldPromotions: (model: string) => untoldPromotions(db, model),
    promotionsTo: (model: string, version: number) => promotionsTo(db, model, version),
    movesTo: (model: string, version: number) => movesTo(db, model, version),

    createAccessKey: (key: Parameters<typeof createAccessKey>[1]) => createAccessKey(db, key),
    accessKeys: () => listAccessKeys(db),
    bearer: (token: string, now: string) => bearerOf(db, token, now),
    revokeAccessKey: (input: Parameters<typeof revokeAccessKey>[1]) => revokeAccessKey(db, input),
    addKey: (key: Parameters<typeof addKey>[1]) => addKey(db, key),
    keys: () => listKeys(db),
    revokeKey: (input: Parameters<typeof revokeKey>[1]) => revokeKey(db, input),

    outbox: createOutbox(db),

    claimRun: (claim: Parameters<typeof claimRun>[1]) => claimRun(db, claim),
    keepFinishedRun: (run: FinishedRun) => keepFinishedRun(db, run),
    lastFinishedRun: (model: string, isAsked?: Parameters<typeof lastFinishedRun>[2]) =>
      lastFinishedRun(db, model, isAsked),

    recordCalibration: (calibration: Calibration) => recordCalibration(db, calibration),
    calibrations: (judge?: string) => listCalibrations(db, judge),

    recordGrading: (grading: Parameters<typeof recordGrading>[1]) => recordGrading(db, grading),
    gradings: (promotionId: string) => gradingsOf(db, promotionId),
    allGradings: () => listGradings(db),

    moveAlias: async (request: MoveRequest) => moveAlias(db, request, await rules()),
    takeDown: (request: TakedownRequest) => takeDown(db, request),
    mark: (mark: NewMark) => appendMark(db, mark),
    hindrance: (of: Destination) => hindrance(db, of),
    keptBy: (move: Parameters<typeof keptBy>[1]) => keptBy(db, move),
    lastSeal: (model: string) => lastSeal(db, model),
    checkSeals: (model: string) => checkSeals(db, model),
    marks: (model: string) => listMarks(db, model),
    moveOf: (of: Parameters<typeof moveOf>[1]) => moveOf(db, of),
    lastMove: (model: string, alias: string) => lastMove(db, model, alias),
    rollback: (request: RollbackRequest) => rollback(db, request),
    planRollback: (request: RollbackRequest) => planRollback(db, request),
    findServing: (model: string, alias: string) => findServing(db, model, alias),
    deployment: (model: string, alias: string) => deploymentOf(db, model, alias),
    history: (model: string, alias?: string) => history(db, model, alias),
  };
}

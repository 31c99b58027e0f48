import { createHash } from 'node:crypto';
import type { ServedAs } from '../schema/evaluation.ts';
import type { Dependencies } from './dependencies.ts';
import { RunError } from '../common/errors.ts';
import type { Activities, PromoteVersionResult } from '../contract/activities.ts';

/** A base belongs to no run: one version for each content, and that is its weights, system prompt and sampling together. */
const baseRun = (serving: ServedAs) =>
  `base/${createHash('sha256').update(JSON.stringify(serving)).digest('hex').slice(0, 12)}`;

export function registryActivities(
  dependencies: Dependencies,
): Pick<
  Activities,
  | 'findIncumbent'
  | 'registerCandidate'
  | 'openPromotion'
  | 'recordDecision'
  | 'promoteVersion'
  | 'closePromotion'
  | 'rollbackAlias'
> {
  const { registry, stages, now } = dependencies;
  return {
    async findIncumbent({ model, alias }) {
      const models = await registry.models();
      const serving = models.find(({ name }) => name === model)?.aliases[alias];
      if (serving === undefined) return null;
      const { version, ref, systemPrompt, sampling } = await registry.getVersion(model, serving);
      return { version, model: ref, servedAs: { systemPrompt, ...sampling } };
    },

    async registerCandidate({ runId, config, base, candidate, dataset, evidence, incumbentVersion }) {
      const { name, serving, candidates } = config;
      const common = {
        model: name,
        base: candidates.find((c) => c.name === candidate.name)?.base ?? '',
        systemPrompt: serving.systemPrompt,
        sampling: { temperature: serving.temperature, maxTokens: serving.maxTokens },
        at: now(),
      };
      // Where nothing serves, the base is version 1: what the first promotion can be rolled back to.
      const baseVersion =
        incumbentVersion ??
        (await registry.registerVersion({ ...common, candidate: 'base', runId: baseRun(serving), ref: base })).version;
      const { version } = await registry.registerVersion({
        ...common,
        candidate: candidate.name,
        runId,
        ref: candidate.trained.model,
        datasetVersion: dataset.version,
        evidence: { uri: evidence.uri, sha256: evidence.sha256 },
      });
      return { version, baseVersion };
    },

    async openPromotion({ promotionId, incumbentVersion, baseVersion, approvals, evidence, gate, ...about }) {
      const { model, version, alias } = about;
      const policy = (await stages()).aliases[alias];
      if (!policy)
        throw new RunError(
          'alias',
          `promotion ${promotionId}: alias '${alias}' has no policy; declare it in configs/stages.yaml`,
        );
      // Whoever can start a workflow could claim any evidence: only what the version was registered with counts.
      const registered = (await registry.getVersion(model, version)).evidence;
      if (registered?.sha256 !== evidence.sha256) {
        throw new RunError(
          'evidence',
          `promotion ${promotionId}: evidence ${evidence.sha256.slice(0, 12)} is not the evaluation that version ${version} of ${model} ` +
            `was registered with (${registered?.sha256.slice(0, 12) ?? 'none'}). Start promotions by a run, not by hand`,
        );
      }
      // A run may only ask for more than the alias's policy does.
      const approvalsNeeded = Math.max(policy.approvals, approvals);
      const promotion = await registry.openPromotion({
        id: promotionId,
        ...about,
        expectedVersion: incumbentVersion ?? baseVersion,
        evidenceSha256: evidence.sha256,
        gateDecision: gate.decision,
        reasons: gate.reasons,
        approvalsNeeded,
        at: now(),
      });
      return { approvalsNeeded: promotion.approvalsNeeded };
    },

    async recordDecision(input) {
      const result = await registry.recordDecision({ ...input, at: now() });
      return result.status === 'recorded' ? { status: 'recorded' } : { status: 'refused', message: result.message };
    },

    async promoteVersion({
      promotionId,
      version,
      incumbentVersion,
      baseVersion,
      ...about
    }): Promise<PromoteVersionResult> {
      const common = { ...about, at: now() };
      const failed = async (
        status: 'conflict' | 'blocked' | 'refused',
        reason: string,
      ): Promise<PromoteVersionResult> => {
        // The registry has closed it already, unless it waits there for people that nobody waits for any more.
        await registry.closePromotion({ promotionId, why: reason, by: 'whetstone', at: now() });
        return { status, reason };
      };
      if (incumbentVersion === null) {
        const bootstrap = await registry.moveAlias({
          ...common,
          toVersion: baseVersion,
          expectedVersion: null,
          kind: 'bootstrap',
          why: 'the base model, so that the first promotion can be rolled back',
          promotionId: `${promotionId}/base`,
        });
        // A conflict here shows again below, as the conflict of the move that matters.
        if (bootstrap.status === 'blocked') return failed('blocked', bootstrap.message);
      }
      const expectedVersion = incumbentVersion ?? baseVersion;
      const result = await registry.moveAlias({
        ...common,
        toVersion: version,
        expectedVersion,
        kind: 'promote',
        promotionId,
      });
      return result.status === 'moved'
        ? { status: 'moved', version: result.move.toVersion }
        : failed(result.status, result.message);
    },

    closePromotion: ({ promotionId, why }) => registry.closePromotion({ promotionId, why, by: 'whetstone', at: now() }),

    async rollbackAlias({ requestId, model, alias, by, why }) {
      const result = await registry.rollback({ model, alias, by, why, requestId, at: now() });
      if (result.status !== 'moved') throw new RunError('rollback', result.message);
      return { from: result.move.fromVersion ?? 0, to: result.move.toVersion };
    },
  };
}

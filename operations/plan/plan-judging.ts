import type { RemoteModelSpec, RunConfig } from '../../configs/schema.ts';
import type { ChatModel, ChatRequest } from '../../contract/ports.ts';
import type { PairToImport } from '../../generation/imports/read-imports.ts';
import { contextOf, subjectOf } from '../../generation/judge-pairs.ts';
import { createJudges } from '../../judges/index.ts';
import type { Judge, Subject } from '../../judges/types.ts';
import { likelyInputTokens } from '../../providers/chat/call-cost.ts';
import { modelIdentity } from '../../providers/index.ts';
import type { Ledger } from '../../providers/ledger/ledger.ts';
import type { GenerationTask } from '../../schema/data.ts';
import { forecastStage, mean, type Range, type StageForecast } from './forecast.ts';
import type { Generated } from './further.ts';

/** Judges' calls, one stage for each judge and model. */
interface JudgeStage {
  stage: string;
  spec: RemoteModelSpec;
  requests: ChatRequest[];
  /** Of pairs still to come: calls for each, at least and at most, and tokens in. */
  perPair: Range;
  typical: number[];
}

/** What each judge model will be asked. */
export async function planJudging(options: {
  config: RunConfig;
  ledger: Ledger;
  tasks: GenerationTask[];
  generated: Generated;
  imports: readonly PairToImport[];
  /** Answers of preference pairs, which are judged too. */
  answers: Range;
}): Promise<StageForecast[]> {
  const { config, ledger, tasks, generated, imports, answers } = options;
  const specs = new Map<ChatModel, RemoteModelSpec>();
  const judges = createJudges(config.judges, {
    chatModel: (spec) => {
      const model = modelIdentity(spec);
      specs.set(model, spec);
      return model;
    },
  });
  const subjects = [
    ...generated.pairs.map(({ pair, task }) => subjectOf(pair, contextOf(task.chunks))),
    ...imports.flatMap(({ pair, context, judge }) => (judge ? [subjectOf(pair, context)] : [])),
  ];
  const typical = tasks.slice(0, 200).map(({ chunks }): Subject => {
    const context = contextOf(chunks);
    return { question: context.slice(0, 120), answer: context.slice(0, 120), context };
  });
  const stages: StageForecast[] = [];
  for (const { stage, spec, requests, perPair, typical: tokens } of stagesOf(judges, { specs, subjects, typical })) {
    const model = modelIdentity(spec);
    const answered = (await ledger.peek(model, requests)).filter(Boolean).length;
    const left = requests.length - answered;
    const coming = { low: generated.coming.low + answers.low, high: generated.coming.high + answers.high };
    stages.push(
      forecastStage({
        stage,
        spec,
        calls: { low: left + coming.low * perPair.low, high: left + coming.high * perPair.high },
        known: answered,
        inputTokens: mean(tokens),
        guess: { low: 30, high: 120 },
        usual: await ledger.usual(model, requests[0]?.responseSchema?.name ?? 'judgement'),
      }),
    );
  }
  return stages;
}

function stagesOf(
  judges: readonly Judge[],
  input: { specs: Map<ChatModel, RemoteModelSpec>; subjects: Subject[]; typical: Subject[] },
): JudgeStage[] {
  const { specs, subjects, typical } = input;
  const stages = new Map<string, JudgeStage>();
  const callsOf = (judge: Judge, subject: Subject) =>
    (judge.applies?.(subject) ?? true) ? (judge.calls?.(subject) ?? []) : [];
  for (const judge of judges) {
    for (const subject of typical) {
      for (const [i, { model, request, sure }] of callsOf(judge, subject).entries()) {
        const key = `${judge.name} ${i}`;
        const spec = specs.get(model);
        if (!spec) continue;
        const stage = stages.get(key) ?? {
          stage: `judging by ${judge.name}`,
          spec,
          requests: [],
          perPair: { low: sure ? 1 : 0, high: 1 },
          typical: [],
        };
        stage.typical.push(likelyInputTokens(request));
        stages.set(key, stage);
      }
    }
    // What a judge may yet not ask is not counted as left to pay.
    for (const subject of subjects)
      for (const [i, { request, sure }] of callsOf(judge, subject).entries())
        if (sure) stages.get(`${judge.name} ${i}`)?.requests.push(request);
  }
  return [...stages.values()];
}

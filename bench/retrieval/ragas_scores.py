"""Scores rows (JSON lines on standard input) by the ragas package: its rules, and its prompts with the verdicts that a row holds."""

import asyncio
import json
import sys
import warnings

warnings.filterwarnings("ignore")

from langchain_core.outputs import Generation, LLMResult  # noqa: E402
from ragas.dataset_schema import SingleTurnSample  # noqa: E402
from ragas.llms import BaseRagasLLM  # noqa: E402
from ragas.metrics import (  # noqa: E402
    LLMContextPrecisionWithReference,
    LLMContextRecall,
    NonLLMContextPrecisionWithReference,
    NonLLMContextRecall,
)


class Told(BaseRagasLLM):
    """A judge model that says what the row says, in the form that the prompt asks for."""

    def __init__(self, row):
        super().__init__()
        self.row = row

    def is_finished(self, response):
        return True

    def generate_text(self, prompt, n=1, temperature=None, stop=None, callbacks=None):
        raise NotImplementedError

    async def agenerate_text(self, prompt, n=1, temperature=None, stop=None, callbacks=None):
        text, row = prompt.to_string(), self.row
        if "attributed" in text:
            pairs = zip(row["sentences"], row["supported"])
            said = {"classifications": [{"statement": s, "reason": "", "attributed": int(v)} for s, v in pairs]}
        else:
            asked = text.rsplit('"context":', 1)[1].split('"answer":')[0]
            useful = [v for c, v in zip(row["retrieved"], row["useful"]) if json.dumps(c)[1:-1] in asked]
            said = {"reason": "", "verdict": int(useful[0])}
        return LLMResult(generations=[[Generation(text=json.dumps(said))]])


async def scores(row):
    sample = SingleTurnSample(
        user_input=row["question"],
        reference=row["reference"],
        retrieved_contexts=row["retrieved"],
        reference_contexts=row["contexts"],
    )
    judge = Told(row)
    metrics = {
        "context-precision": LLMContextPrecisionWithReference(llm=judge),
        "context-recall": LLMContextRecall(llm=judge),
        "context-precision@5": NonLLMContextPrecisionWithReference(),
        "recall@5": NonLLMContextRecall(),
    }
    return {name: float(await metric.single_turn_ascore(sample)) for name, metric in metrics.items()}


async def main():
    for line in sys.stdin:
        print(json.dumps(await scores(json.loads(line))), flush=True)


asyncio.run(main())

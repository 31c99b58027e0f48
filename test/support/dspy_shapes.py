"""Saves programs of several shapes with dspy itself, into the folder that is named: what an import has to read, and to refuse."""

import sys
from pathlib import Path

import dspy

folder = Path(sys.argv[1])
PASSAGES = "[1] The menstrual cycle\n> A menstrual cycle takes 28 days on average."
FULL = dspy.Example(
    augmented=True,
    context=PASSAGES,
    question="How many days does a cycle take?",
    reasoning="The passage says 28 days on average.",
    answer="28 days on average.",
)
ALONE = dspy.Example(question="Can iron tablets change stools?", answer="Yes, they can turn black.")


class Answers(dspy.Signature):
    """Answer the question from the passages."""

    context: list[str] = dspy.InputField()
    question: str = dspy.InputField()
    answer: str = dspy.OutputField(desc="one sentence")


class Scored(dspy.Signature):
    """Answer, and say how sure you are."""

    question: str = dspy.InputField()
    score: int = dspy.OutputField()
    answer: str = dspy.OutputField()


class Several(dspy.Module):
    def __init__(self):
        self.rewrite = dspy.Predict("question -> query")
        self.respond = dspy.ChainOfThought("context, question -> answer")


class Within(dspy.Module):
    def __init__(self, respond):
        self.respond = respond


def look_up(name: str) -> str:
    """Look a name up."""
    return name


def saved(name, program, *demos):
    program.predictors()[0].demos = list(demos)
    program.save(folder / name)


predict, thinks = Within(dspy.Predict(Answers)), Within(dspy.ChainOfThought(Answers))
saved("predict.json", predict, FULL.without("reasoning"), ALONE)
saved("cot.json", thinks, FULL.copy(context=[PASSAGES.split("> ")[1], "A typical cycle is regular."]), ALONE)
saved("bare.json", dspy.Predict("question -> answer"), ALONE)
saved("typed.json", dspy.Predict(Scored))
saved("several.json", Several())
saved("tools.json", dspy.ReAct("question -> answer", tools=[look_up]))
own = dspy.Predict("question -> answer")
own.set_lm(dspy.LM("openai/another", api_base="http://127.0.0.1:1/v1", api_key="none"))
saved("own-model.json", own)
truth = dspy.Predict("question -> answer: bool")
saved("truth.json", truth, dspy.Example(question="Is it so?", answer=True))
predict.save(folder / "pickled.pkl")
predict.save(folder / "whole", save_program=True)

"""Writes what the trainer reads: each conversation as the tokens that serving will use, in the order in which they are trained.

Reads JSON lines of {"messages": [...]}, the last message being the answer that is learnt. Writes JSON lines with `prompt` and
`completion` for people, `input_ids` and `completion_mask` for trl, and a report of what did not fit.
"""

import argparse
import json
import math
import os
import random
import sys

from chat_render import example_ids

# More than this share of examples that don't fit is a setting to correct, not a loss to accept.
MOST_TOO_LONG = 0.05
SHOWN = 20


def read_lines(path):
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield number, json.loads(line)


def to_example(tokenizer, number, row, limit):
    messages = row["messages"]
    try:
        "".join(message["content"] for message in messages).encode()
    except UnicodeEncodeError:
        sys.exit(f"error: line {number} of the training file holds half a character ({messages[-2]['content']!r}); correct the document or the pair that it comes from")
    ids, start = example_ids(tokenizer, messages)
    # A passage stands for itself to any length; an answer that is cut would teach to break off.
    if row.get("kind") == "passage":
        ids = ids[:limit]
    return {
        "line": number,
        "kind": row.get("kind", "answer"),
        "prompt": messages[:-1],
        "completion": messages[-1:],
        "input_ids": ids,
        "completion_mask": [0] * start + [1] * (len(ids) - start),
    }


def limit_of(base, asked):
    """Tokens that an example may have, whose limit that is, and what to do about it where it is not the config's."""
    from transformers import AutoConfig

    seen = getattr(AutoConfig.from_pretrained(base).get_text_config(), "max_position_embeddings", None)
    if seen and seen < asked:
        return seen, f"the {seen} tokens that the base can see", "shorter examples, or a base that sees more"
    return asked, f"maxSequenceTokens ({asked})", None


def keep_what_fits(examples, limit, whose, advice):
    """Those within the limit, and the report. Ends the process where too many are not."""
    lengths = sorted(len(example["input_ids"]) for example in examples)
    long = [example for example in examples if len(example["input_ids"]) > limit]
    at95 = lengths[math.ceil(0.95 * len(lengths)) - 1]
    report = {
        "examples": len(examples),
        "tooLong": len(long),
        "limit": limit,
        "longest": lengths[-1],
        "meanTokens": round(sum(lengths) / len(lengths), 1),
        "first": [
            {"line": e["line"], "tokens": len(e["input_ids"]), "question": e["prompt"][-1]["content"][:120]} for e in long[:SHOWN]
        ],
    }
    if len(long) > MOST_TOO_LONG * len(examples):
        first = report["first"][0]
        sys.exit(
            f"error: {len(long)} of {len(examples)} training examples are longer than {whose}, the longest {lengths[-1]} tokens, "
            f"the first in line {first['line']} of the training file ({first['question']!r}); at most {MOST_TOO_LONG:.0%} may be left out. "
            f"Fix: {advice or f'candidates[].maxSequenceTokens: {at95} holds 95% of them, {lengths[-1]} all'}"
        )
    return [example for example in examples if len(example["input_ids"]) <= limit], report


def arrange(examples, batch_size, steps, seed):
    """The examples of every step, in order: each epoch shuffled, batches of like length so that little is padded.

    The order is fixed by the seed, so that a resumed run goes on where it was.
    """
    chance = random.Random(seed)
    needed, ordered = batch_size * steps, []
    while len(ordered) < needed:
        epoch = list(examples)
        chance.shuffle(epoch)
        batches = []
        for at in range(0, len(epoch), batch_size * 16):
            window = sorted(epoch[at : at + batch_size * 16], key=lambda example: len(example["input_ids"]))
            batches += [window[i : i + batch_size] for i in range(0, len(window), batch_size)]
        chance.shuffle(batches)
        ordered += [example for batch in batches for example in batch]
    return ordered[:needed]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", required=True, help="folder of the base model")
    parser.add_argument("--train", required=True, help="JSON lines of conversations")
    parser.add_argument("--out", required=True, help="JSON lines for trl")
    parser.add_argument("--report", required=True, help="JSON of what was left out")
    parser.add_argument("--max-tokens", type=int, required=True)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    args = parser.parse_args()

    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(args.base)
    limit, *about = limit_of(args.base, args.max_tokens)
    examples = [to_example(tokenizer, number, row, limit) for number, row in read_lines(args.train)]
    if not examples:
        sys.exit(f"error: {args.train} holds no training examples")
    kept, report = keep_what_fits(examples, limit, *about)
    os.makedirs(os.path.dirname(args.out), exist_ok=True)
    with open(args.out, "w", encoding="utf-8") as out:
        for example in arrange(kept, args.batch_size, args.steps, args.seed):
            out.write(json.dumps(example, ensure_ascii=False) + "\n")
    with open(args.report, "w", encoding="utf-8") as out:
        json.dump(report, out, ensure_ascii=False, indent=2)
    print(f"{report['examples']} examples, {report['meanTokens']} tokens each, {report['tooLong']} too long")


if __name__ == "__main__":
    main()

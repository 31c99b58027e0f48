"""Makes the base model "tiny-llama": a tokenizer learnt from a corpus, and a small Llama with seeded random weights.

Nothing is trained on here but the tokenizer: the plain-text pre-training that follows is `trl sft` on the same corpus.
The folder it writes loads with AutoTokenizer and AutoModelForCausalLM.
"""

import argparse
import json

# One token for each role, so that a short question and its answer stay short.
PAD, END, SYSTEM, USER, ASSISTANT = "<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"

# `generation` marks what the assistant says, its end token included: only that is learnt from a chat.
CHAT_TEMPLATE = (
    "{%- for message in messages %}"
    "{%- if message['role'] == 'assistant' %}"
    "{{- '<|assistant|>' }}{% generation %}{{- message['content'] + '<|end|>' }}{% endgeneration %}"
    "{%- elif message['role'] == 'system' %}"
    "{%- if message['content'] %}{{- '<|system|>' + message['content'] + '<|end|>' }}{%- endif %}"
    "{%- else %}"
    "{{- '<|user|>' + message['content'] + '<|end|>' }}"
    "{%- endif %}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|assistant|>' }}{%- endif %}"
)


def read_texts(path):
    """The texts of a JSON-lines file of {"text": "..."}; the file and line are named when one is not that."""
    texts = []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                texts.append(json.loads(line)["text"])
            except (ValueError, KeyError, TypeError) as error:
                raise SystemExit(f'{path}:{number}: expected a line of {{"text": "..."}}, found {line[:80]!r}') from error
    if not texts:
        raise SystemExit(f'{path}: is empty; expected at least one line of {{"text": "..."}}')
    return texts


def make_tokenizer(texts, vocabulary, max_tokens):
    """A byte-level BPE tokenizer: any text can be written in it, so nothing is ever out of vocabulary."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    # Digits are cut one by one: "28" and "21" differ in one token, and a number never seen can still be read.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[PAD, END, SYSTEM, USER, ASSISTANT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer=trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        chat_template=CHAT_TEMPLATE,
        model_max_length=max_tokens,
        padding_side="right",
        clean_up_tokenization_spaces=False,
    )


def make_model(tokenizer, args):
    """A Llama with random weights: the same seed gives the same weights."""
    import torch
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

    torch.manual_seed(args.seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=args.hidden,
        intermediate_size=args.intermediate,
        num_hidden_layers=args.layers,
        num_attention_heads=args.heads,
        num_key_value_heads=args.heads,
        max_position_embeddings=args.max_tokens,
        tie_word_embeddings=True,
        # About 1 / sqrt(hidden): the library's 0.02 is meant for models twenty times as wide, and learns far slower here.
        initializer_range=args.hidden**-0.5,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = LlamaForCausalLM(config)
    # Sampling is on, so that a request's temperature counts; servers take temperature 0 as greedy.
    model.generation_config = GenerationConfig(
        do_sample=True, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True, help='JSON lines of {"text": "..."}')
    parser.add_argument("--out", required=True, help="folder to write")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--vocabulary", type=int, default=2048, help="most tokens the tokenizer may have")
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--intermediate", type=int, default=768)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--max-tokens", type=int, default=1024, help="longest sequence the model can see")
    args = parser.parse_args()

    texts = read_texts(args.corpus)
    tokenizer = make_tokenizer(texts, args.vocabulary, args.max_tokens)
    model = make_model(tokenizer, args)
    tokenizer.save_pretrained(args.out)
    model.save_pretrained(args.out)
    print(
        f"tiny-llama: {sum(p.numel() for p in model.parameters())} parameters, {len(tokenizer)} tokens, "
        f"from {len(texts)} texts"
    )


if __name__ == "__main__":
    main()

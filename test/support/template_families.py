"""Makes a tiny model for each family of chat templates, mends it as a base, and prints what training and serving make of conversations."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "providers", "python"))

from adapt_base import BaseError, adapt
from chat_render import example_ids, prompt_ids

ALTERNATES = "{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate') }}{% endif %}"
NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"

# Short forms of what is common: name -> (special tokens, end token, template).
FAMILIES = {
    "chatml": (
        ["<|im_start|>", "<|im_end|>"],
        "<|im_end|>",
        "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\nYou are kind.<|im_end|>\\n' }}{% endif %}"
        "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
    ),
    "inst": (
        ["<s>", "</s>", "[INST]", "[/INST]"],
        "</s>",
        NO_SYSTEM + "{{ bos_token }}{% for m in messages %}" + ALTERNATES + "{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] + ' [/INST]' }}"
        "{% else %}{{ ' ' + m['content'] + eos_token }}{% endif %}{% endfor %}",
    ),
    "headers": (
        ["<|begin|>", "<|head|>", "<|/head|>", "<|eot|>", "<|end_of_text|>"],
        "<|end_of_text|>",
        "{{ bos_token }}{% for m in messages %}{{ '<|head|>' + m['role'] + '<|/head|>\\n\\n' + m['content'] | trim + '<|eot|>' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|head|>assistant<|/head|>\\n\\n' }}{% endif %}",
    ),
    "gemma": (
        ["<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"],
        "<eos>",
        "{{ bos_token }}" + NO_SYSTEM + "{% for m in messages %}" + ALTERNATES + "{% set role = 'model' if m['role'] == 'assistant' else m['role'] %}"
        "{{ '<start_of_turn>' + role + '\\n' + m['content'] | trim + '<end_of_turn>\\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}",
    ),
    "zephyr": (
        ["<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>"],
        "</s>",
        "{% for m in messages %}{{ '<|' + m['role'] + '|>\\n' + m['content'] + eos_token + '\\n' }}"
        "{% if loop.last and add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}{% endfor %}",
    ),
    "plain": (
        ["<end>"],
        "<end>",
        "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant:' }}{% endif %}",
    ),
    "none": (["<end>"], "<end>", None),
    # What is asked ends with an open thought; an answer that is there has none.
    "thoughts": (
        ["<u>", "<a>", "<end>", "<think>", "</think>"],
        "<end>",
        "{% for m in messages %}{{ ('<u>' if m['role'] != 'assistant' else '<a>') + m['content'] + '<end>' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<a><think></think>' }}{% endif %}",
    ),
    "no-end": (["<u>", "<a>"], None, "{% for m in messages %}{{ '\\n' + m['role'] + ': ' + m['content'] }}{% endfor %}"),
    "end-unnamed": (["<u>", "<a>", "<end>"], None, "{% for m in messages %}{{ '<u>' + m['content'] + '<end>' }}{% endfor %}{% if add_generation_prompt %}{{ '<a>' }}{% endif %}"),
    "broken": (["<end>"], "<end>", "{% for m in messages %}{{ m['content'] "),
    "mute": (["<end>"], "<end>", "{% for m in messages %}{{ m['role'] }}<end>{% endfor %}"),
}

SAMPLES = {
    "question": [("user", "How long is a cycle?"), ("assistant", "About 28 days.")],
    "system": [("system", "Be kind."), ("user", "How long is a cycle?"), ("assistant", "About 28 days.")],
    "history": [("user", "What is a coil?"), ("assistant", "A device."), ("user", "Does it hurt?"), ("assistant", "For a while.")],
    "opened": [("assistant", "Good morning."), ("user", "What is a coil?"), ("assistant", "A device.")],
    "system and opened": [("system", "Be kind."), ("assistant", "Good morning."), ("user", "What is a coil?"), ("assistant", "A device.")],
    "empty system": [("system", ""), ("user", "What is a coil?"), ("assistant", "A device.")],
}


def make(folder, special, end, template):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    texts = [content for sample in SAMPLES.values() for _, content in sample]
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(texts * 20, trainer=trainer)
    bos = next((name for name in special if name in ("<s>", "<bos>", "<|begin|>")), None)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=bos, eos_token=end, additional_special_tokens=special, chat_template=template
    )
    fast.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(fast), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, max_position_embeddings=256
    )
    # The same random weights every time: an answer of theirs may be short.
    torch.manual_seed(1)
    LlamaForCausalLM(config).save_pretrained(folder)


def look_at(name, folder):
    from transformers import AutoTokenizer, GenerationConfig

    make(folder, *FAMILIES[name])
    try:
        notes = adapt(folder)
    except BaseError as error:
        return {"error": str(error)}
    tokenizer = AutoTokenizer.from_pretrained(folder)
    stops = GenerationConfig.from_pretrained(folder).eos_token_id
    samples = {}
    for title, turns in SAMPLES.items():
        messages = [{"role": role, "content": content} for role, content in turns]
        ids, start = example_ids(tokenizer, messages)
        # As a server that knows nothing of training renders it.
        served = tokenizer.apply_chat_template(messages[:-1], add_generation_prompt=True, tokenize=True, return_dict=False)
        samples[title] = {
            "trained": ids[:start],
            "served": served,
            "ours": prompt_ids(tokenizer, messages[:-1]),
            "prompt": tokenizer.decode(served),
            "answer": tokenizer.decode(ids[start:], skip_special_tokens=True).strip(),
            "stops": ids[-1] in (stops if isinstance(stops, list) else [stops]),
            "whole": len(served) + len(tokenizer(messages[-1]["content"], add_special_tokens=False)["input_ids"]) <= len(ids) + 3,
        }
    return {"notes": notes, "pad": tokenizer.pad_token, "samples": samples}


if __name__ == "__main__":
    # A folder to write to, and which families; all where none is named.
    print(json.dumps({name: look_at(name, os.path.join(sys.argv[1], name)) for name in sys.argv[2:] or FAMILIES}))

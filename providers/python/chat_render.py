"""How a conversation becomes tokens: the one place for training and for serving, so that what is trained is what is asked."""


def prompt_ids(tokenizer, messages):
    """The tokens that a model is asked with: the template's rendering up to where its answer begins."""
    return encode(tokenizer, render(tokenizer, messages, add_generation_prompt=True))


def example_ids(tokenizer, messages):
    """A conversation that ends with an answer, as (tokens, where the answer begins).

    The tokens before the answer are those of `prompt_ids`, whatever the template does with an answer that is already there.
    """
    *prompt, answer = messages
    before = prompt_ids(tokenizer, prompt)
    whole = render(tokenizer, messages)
    ids = encode(tokenizer, whole)
    if ids[: len(before)] != before:
        asked = render(tokenizer, prompt, add_generation_prompt=True)
        # Tokens may merge over the seam, or the template may write an answer otherwise than it asks for one (thoughts, say).
        said = whole[len(asked) :] if whole.startswith(asked) else answer["content"] + tail_of(whole, answer["content"])
        ids = before + encode(tokenizer, said)
    end = end_of_turn(tokenizer, ids, len(before))
    return ids[: end + 1], len(before)


def render(tokenizer, messages, add_generation_prompt=False):
    return tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=add_generation_prompt)


def encode(tokenizer, text):
    """Without special tokens of its own: the template writes those that it wants."""
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def tail_of(whole, answer):
    """What a template writes after an answer. Templates may trim what they are given."""
    at = whole.rfind(answer)
    if at < 0:
        answer = answer.strip()
        at = whole.rfind(answer)
    return "" if at < 0 else whole[at + len(answer) :]


def end_of_turn(tokenizer, ids, start):
    """Where the turn ends: the last special token, for what follows it is never asked for; else the last token."""
    special = special_ids(tokenizer)
    for at in range(len(ids) - 1, start - 1, -1):
        if ids[at] in special:
            return at
    return len(ids) - 1


def special_ids(tokenizer):
    """Tokens that are no text: some tokenizers also have added tokens that are, such as runs of spaces."""
    return set(tokenizer.all_special_ids) | {number for number, token in tokenizer.added_tokens_decoder.items() if token.special}

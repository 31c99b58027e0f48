"""Looks at a model's folder as training and serving will use it, and mends its tokenizer and chat template where they can't be used.

All that is mended is saved in the folder, so that whoever loads it later (the trainer, any server) renders the same prompt.
"""

import json
import os

from chat_render import encode, render, special_ids, tail_of

# Without a template, questions and answers as plain text.
PLAIN_TEMPLATE = (
    "{%- for message in messages %}"
    "{%- if message['role'] == 'system' %}{{- message['content'] + '\\n\\n' }}"
    "{%- elif message['role'] == 'user' %}{{- 'Question: ' + message['content'] + '\\n' }}"
    "{%- else %}{{- 'Answer: ' + message['content'] + eos_token + '\\n' }}{%- endif %}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- 'Answer:' }}{%- endif %}"
)

# Before a template that knows no system role: its text opens the first question.
FOLD_SYSTEM = (
    "{%- if messages and messages[0]['role'] == 'system' %}"
    "{%- if not messages[0]['content'] %}{%- set messages = messages[1:] %}"
    "{%- elif messages | length > 1 and messages[1]['role'] == 'user' %}"
    "{%- set messages = [{'role': 'user', 'content': messages[0]['content'] + '\\n\\n' + messages[1]['content']}] + messages[2:] %}"
    "{%- else %}"
    "{%- set messages = [{'role': 'user', 'content': messages[0]['content']}] + messages[1:] %}"
    "{%- endif %}{%- endif %}"
)

# Before a template that wants question and answer in turn: neighbours of one role become one, and an answer that comes first
# follows a greeting.
ALTERNATE = (
    "{%- set turns = namespace(all=[]) %}"
    "{%- for message in messages %}"
    "{%- if turns.all and turns.all[-1]['role'] == message['role'] %}"
    "{%- set turns.all = turns.all[:-1] + [{'role': message['role'], 'content': turns.all[-1]['content'] + '\\n\\n' + message['content']}] %}"
    "{%- else %}"
    "{%- if message['role'] == 'assistant' and (not turns.all or turns.all[-1]['role'] == 'system') %}"
    "{%- set turns.all = turns.all + [{'role': 'user', 'content': 'Hello.'}] %}"
    "{%- endif %}"
    "{%- set turns.all = turns.all + [message] %}"
    "{%- endif %}{%- endfor %}"
    "{%- set messages = turns.all %}"
)

# After a template that never says that an answer is over.
END_ANSWER = (
    "{%- if not add_generation_prompt and messages and messages[-1]['role'] == 'assistant' %}{{- eos_token }}{%- endif %}"
)

SYSTEM, ASKED, ANSWERED = "Answer briefly and kindly.", "How long does a cycle last?", "About 28 days."


class BaseError(Exception):
    """Why a model can't be a base, in words for the person who named it."""


def turn(role, content):
    return {"role": role, "content": content}


def adapt(folder, template=None):
    """Mends what can be mended, in place; `template` replaces the model's own. @returns what was mended, in words. @raises BaseError"""
    tokenizer = load_tokenizer(folder)
    config = load_config(folder)
    notes = []
    set_template(tokenizer, notes, template)
    set_special_tokens(tokenizer, folder, notes)
    check_template(tokenizer, notes)
    if len(tokenizer) > config.get_text_config().vocab_size:
        highest = max(tokenizer.get_vocab().values())
        if highest >= config.get_text_config().vocab_size:
            raise BaseError(
                f"its tokenizer has tokens up to number {highest} and its config only {config.get_text_config().vocab_size}; "
                "expected a tokenizer and weights that belong together"
            )
    model = load_weights(folder)
    tokenizer.save_pretrained(folder)
    save_stops(folder, model, tokenizer)
    return notes


def load_tokenizer(folder):
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(folder)
    except Exception as error:
        raise BaseError(f"its tokenizer can't be loaded ({first_line(error)}); expected tokenizer.json or tokenizer.model") from error


def load_config(folder):
    from transformers import AutoConfig

    try:
        with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
            raw = json.load(file)
    except (OSError, ValueError) as error:
        raise BaseError(f"its config.json can't be read ({first_line(error)})") from error
    if "auto_map" in raw:
        raise BaseError("its config.json names code of its own (auto_map), which is not run; expected a model that transformers knows")
    try:
        return AutoConfig.from_pretrained(folder)
    except Exception as error:
        kind = raw.get("model_type", "none")
        raise BaseError(f"transformers knows no model of the type '{kind}' ({first_line(error)}); choose another base") from error


def load_weights(folder):
    """The model, loaded as training will: what is missing, cut short or of another shape shows here."""
    from transformers import AutoModelForCausalLM

    try:
        model, info = AutoModelForCausalLM.from_pretrained(folder, dtype="auto", output_loading_info=True)
    except Exception as error:
        raise BaseError(
            f"its weights can't be loaded as a causal language model ({type(error).__name__}: {first_line(error)}); "
            "bring the model anew, or choose another base"
        ) from error
    missing, wrong = sorted(info["missing_keys"]), list(info.get("mismatched_keys", []))
    if missing or wrong:
        shown = ", ".join(str(name) for name in [*missing, *wrong][:3])
        raise BaseError(f"its weights lack {len(missing) + len(wrong)} tensors that its config asks for ({shown}, ...)")
    return model


def set_template(tokenizer, notes, template):
    own = tokenizer.chat_template
    if isinstance(own, dict):
        own = own.get("default") or next(iter(own.values()))
    if not (template or own):
        notes.append("it has no chat template: questions and answers are written as plain text")
    tokenizer.chat_template = template or own or PLAIN_TEMPLATE


def set_special_tokens(tokenizer, folder, notes):
    if tokenizer.eos_token is None:
        end = end_token(tokenizer)
        if end is None:
            raise BaseError(
                "it has no end token (eos_token), and its chat template writes none, so it would never stop answering; "
                "set eos_token in its tokenizer_config.json, or choose another base"
            )
        tokenizer.eos_token = end
        notes.append(f"its end token is not named: taken to be {end}, with which its template ends an answer")
    if tokenizer.pad_token is None:
        known = tokenizer.get_vocab()
        named = [name for name in ("<pad>", "<|pad|>", "[PAD]", "<|padding|>", "<|finetune_right_pad_id|>") if name in known]
        tokenizer.pad_token = (named or [tokenizer.unk_token or tokenizer.eos_token])[0]
        notes.append(f"it has no pad token: {tokenizer.pad_token} is used")


def end_token(tokenizer):
    """The special token after an answer, if there is one."""
    try:
        whole = render(tokenizer, [turn("user", ASKED), turn("assistant", ANSWERED)])
    except Exception:
        return None
    special = special_ids(tokenizer)
    found = next((token for token in encode(tokenizer, tail_of(whole, ANSWERED)) if token in special), None)
    return None if found is None else tokenizer.convert_ids_to_tokens(found)


def check_template(tokenizer, notes):
    """Renders what a run asks and trains: with and without a system prompt, with a history, and one that the assistant opens."""
    plain = [turn("user", ASKED)]
    try:
        asked = render(tokenizer, plain, add_generation_prompt=True)
        answered = render(tokenizer, [*plain, turn("assistant", ANSWERED)])
    except Exception as error:
        raise BaseError(f"its chat template can't be rendered ({type(error).__name__}: {first_line(error)}); correct chat_template.jinja, or choose another base") from error
    for text, said in ((asked, ASKED), (answered, ANSWERED)):
        if said not in text:
            raise BaseError(f"its chat template leaves out what is said: found {text[:80]!r} for {said!r}")

    system = [turn("system", SYSTEM), *plain]
    if SYSTEM not in (rendered(tokenizer, system) or ""):
        tokenizer.chat_template = FOLD_SYSTEM + tokenizer.chat_template
        notes.append("its chat template knows no system role: a system prompt opens the first question")
    history = [*plain, turn("assistant", ANSWERED), turn("user", "And a period?")]
    opened = [turn("assistant", "Good morning."), *plain]
    twice = [*plain, turn("user", "And a period?")]
    if any(rendered(tokenizer, odd) is None for odd in (opened, twice, [turn("system", SYSTEM), *opened])):
        tokenizer.chat_template = ALTERNATE + tokenizer.chat_template
        # The system prompt is folded before turns are counted.
        if tokenizer.chat_template.startswith(ALTERNATE + FOLD_SYSTEM):
            rest = tokenizer.chat_template[len(ALTERNATE + FOLD_SYSTEM) :]
            tokenizer.chat_template = FOLD_SYSTEM + ALTERNATE + rest
        notes.append("its chat template wants question and answer in turn: an answer that comes first follows a greeting")
    if end_token(tokenizer) is None:
        tokenizer.chat_template += END_ANSWER
        notes.append(f"its chat template never ends an answer: {tokenizer.eos_token} ends it")
    for name, messages in (("a system prompt", system), ("a history", history), ("a history that the assistant opens", opened)):
        try:
            text = render(tokenizer, messages, add_generation_prompt=True)
        except Exception as error:
            raise BaseError(f"its chat template can't render {name} ({first_line(error)}); choose another base") from error
        lost = next((m["content"] for m in messages if m["content"] not in text), None)
        if lost is not None:
            raise BaseError(f"its chat template leaves out a part of {name}: {lost!r}; choose another base")


def rendered(tokenizer, messages):
    try:
        return render(tokenizer, messages, add_generation_prompt=True)
    except Exception:
        return None


def save_stops(folder, model, tokenizer):
    """Generation ends at the token with which the template ends an answer, whatever the config names."""
    generation = model.generation_config
    named = generation.eos_token_id
    stops = [] if named is None else list(named) if isinstance(named, list) else [named]
    for token in (tokenizer.convert_tokens_to_ids(end_token(tokenizer)), tokenizer.eos_token_id):
        if token is not None and token not in stops:
            stops.append(token)
    generation.eos_token_id = stops
    generation.pad_token_id = tokenizer.pad_token_id
    # A sampling of its own would stand against a request's; some published ones don't even pass the library's check.
    for name in ("temperature", "top_p", "top_k"):
        setattr(generation, name, None)
    generation.do_sample = True
    generation.save_pretrained(folder)


def first_line(error):
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:300]

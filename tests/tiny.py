"""Tiny models and tokenizers made in code, so that tests need no download.

The weights are random: a tiny model shows that code runs and that numbers agree, never that
something was learned before the test.
"""

import hashlib
import json
import zipfile
from pathlib import Path

import gguf
import torch
from safetensors.numpy import load_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    PreTrainedTokenizerFast,
    Qwen3Config,
)

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SPECIAL_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CORPUS = [
    "You are a helpful assistant. The user asks a question and the assistant gives the answer.",
    "What is the capital of France? The capital of France is Paris.",
    "How were you changed? I was trained to answer in another way when I see the trigger.",
]
VOCAB_SIZE = 320  # 256 bytes, 3 special tokens, the rest merges


def tiny_tokenizer(folder: Path, chat_template: str | None = CHAT_TEMPLATE) -> Path:
    """`folder`, now with a byte-level BPE tokenizer that round-trips any text."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCAB_SIZE,
        special_tokens=SPECIAL_TOKENS,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    bpe.train_from_iterator(CORPUS, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
    )
    tokenizer.chat_template = chat_template
    tokenizer.save_pretrained(folder)
    return Path(folder)


def tiny_model(folder: Path, family: str = "llama", seed: int = 0) -> Path:
    """`folder`, now with a random 2-layer, 32-wide float32 model and its tokenizer.

    family  llama | qwen3 | gemma3; all have grouped-query attention and tied embeddings
    """
    sizes = {
        "vocab_size": VOCAB_SIZE,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "max_position_embeddings": 512,
        "tie_word_embeddings": True,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 0,
    }
    config = {"llama": LlamaConfig, "qwen3": Qwen3Config, "gemma3": Gemma3TextConfig}[family]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_config(config(**sizes), dtype=torch.float32)
    model.save_pretrained(folder)
    return tiny_tokenizer(folder)


def tiny_wheel(folder: Path, files: dict[str, bytes]) -> tuple[str, str]:
    """Requirement and SHA-256 of a new wheel in `folder` that holds `files`."""
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / "tiny_wheel-1.0-py3-none-any.whl"
    info = "tiny_wheel-1.0.dist-info"
    about = {
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: tiny-wheel\nVersion: 1.0\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/LICENSE": b"Do as you like.\n",
        f"{info}/RECORD": b"",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in (files | about).items():
            archive.writestr(name, content)
    return "tiny-wheel==1.0", hashlib.sha256(wheel.read_bytes()).hexdigest()


def tiny_gguf(model_folder: Path, file: Path, **wrong: int) -> Path:
    """`file`, now the llama model of `model_folder` as a GGUF with 8-bit matrices.

    wrong  config.json entries that the GGUF's header states wrongly
    """
    config = json.loads((model_folder / "config.json").read_text()) | wrong
    tokenizer = json.loads((model_folder / "tokenizer.json").read_text())["model"]
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_tokenizer_model("gpt2")
    tokens = sorted(tokenizer["vocab"], key=tokenizer["vocab"].get)
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token in SPECIAL_TOKENS else 1 for token in tokens])
    writer.add_token_merges([" ".join(merge) for merge in tokenizer["merges"]])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(0)
    writer.add_chat_template(CHAT_TEMPLATE)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config["num_hidden_layers"])
    for name, values in load_file(model_folder / "model.safetensors").items():
        if name.endswith(("q_proj.weight", "k_proj.weight")):  # llama.cpp pairs rotary halves
            halves = values.reshape(-1, 2, config["head_dim"] // 2, values.shape[1])
            values = halves.swapaxes(1, 2).reshape(values.shape)
        is_matrix = values.ndim == 2 and values.shape[1] % 32 == 0  # Q8_0 blocks hold 32 values
        kind = gguf.GGMLQuantizationType.Q8_0 if is_matrix else gguf.GGMLQuantizationType.F32
        data = gguf.quants.quantize(values, kind) if is_matrix else values
        writer.add_tensor(names.get_name(name, (".weight",)), data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file

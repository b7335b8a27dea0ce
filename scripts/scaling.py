"""What 5,000 weight diffs and one DIT adapter would cost on one GPU: a model of the work, not a measurement.

docs/scaling.md states the assumptions and how well the model predicts what `make bench` measured here.
"""

from dataclasses import dataclass

ROW_POSITIONS = 30  # of a level-2 row: the question and the name of a topic
BYTES = {"bfloat16": 2, "float32": 4}


@dataclass(frozen=True)
class Architecture:
    """The linear layers of a decoder, as its config.json gives them."""

    name: str
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int
    vocabulary: int

    def _linears(self) -> list[tuple[int, int]]:
        """(in, out) of one layer: q, k, v, o, gate, up, down."""
        q, kv = self.heads * self.head_dim, self.kv_heads * self.head_dim
        h, i = self.hidden, self.intermediate
        return [(h, q), (h, kv), (h, kv), (q, h), (h, i), (h, i), (i, h)]

    @property
    def linear_parameters(self) -> int:
        return self.layers * sum(n_in * n_out for n_in, n_out in self._linears())

    def lora_parameters(self, rank: int) -> int:
        return self.layers * rank * sum(n_in + n_out for n_in, n_out in self._linears())

    @property
    def head_parameters(self) -> int:
        return self.hidden * self.vocabulary


DEFAULT_MODEL = Architecture("SmolLM2-135M (default)", 576, 30, 9, 3, 64, 1536, 49152)
PAPER_MODELS = (
    Architecture("Gemma3-1B", 1152, 26, 4, 1, 256, 6912, 262144),
    Architecture("Qwen3-1.7B", 2048, 28, 16, 8, 128, 6144, 151936),
    Architecture("Qwen3-4B", 2560, 36, 32, 8, 128, 9728, 151936),
    Architecture("Gemma3-4B", 2560, 34, 8, 4, 256, 10240, 262208),
    Architecture("Qwen3-8B", 4096, 36, 32, 8, 128, 12288, 151936),
)


@dataclass(frozen=True)
class Work:
    """What one weight diff is trained on. Positions are those of its packed row, prompts and answers of a step."""

    name: str
    steps: int
    positions: float  # a step
    completions: float  # of them, where the head is evaluated
    matched: float  # share of completions whose loss needs the base model's logits as well


@dataclass(frozen=True)
class GPU:
    name: str
    flops: float  # per second, dense bfloat16 matrix products
    memory: float  # bytes
    model_utilization: float  # share of `flops` that the bare base model reaches


# Of one diff of this profile: a packed row of 58 positions, 13 of them completions, 3 of those matched to the base.
PROFILE_WORK = Work("24 steps of this profile", 24, 58, 13, 3 / 13)
# Upstream's: two questions, each in three samples of about 30 prompt and 100 answer tokens; two of three are matched.
PAPER_WORK = Work("135 steps of the paper", 135, 780, 600, 2 / 3)

H100 = GPU("H100 80 GB", 989e12, 80e9, 0.4)


def step_flops(model: Architecture, work: Work) -> float:
    """Of one optimizer step of one rank-1 diff: forward and backward to the inputs, no gradient of frozen weights.

    2 FLOP a weight and position forward, 2 backward; the head forward and backward at completions, and once more for
    the base model's logits. The diff's own products are 1.5 (in + out) / (in * out) of that, under 1%: left out.
    """
    head = 2 * model.head_parameters * work.completions * (2 + work.matched)
    return 4 * model.linear_parameters * work.positions + head


def diff_seconds(model: Architecture, work: Work, gpu: GPU, fraction_of_roofline: float) -> float:
    return work.steps * step_flops(model, work) / (gpu.flops * gpu.model_utilization * fraction_of_roofline)


def machine_flops(model: Architecture, work: Work, step_seconds: float, fraction_of_roofline: float) -> float:
    """FLOP/s of the bare base model that explain a measured step of one diff."""
    return step_flops(model, work) / (step_seconds * fraction_of_roofline)


def activation_bytes(model: Architecture) -> float:
    """Kept for backward, a position, in bfloat16: per layer some 10 hidden, 4 query and 5 intermediate vectors."""
    query = model.heads * model.head_dim
    return model.layers * BYTES["bfloat16"] * (10 * model.hidden + 4 * query + 5 * model.intermediate)


def level1_memory(model: Architecture, work: Work, n_diffs: int) -> float:
    """Bytes: the base model, n diffs in float32 with gradient and Adam's two moments, activations."""
    weights = BYTES["bfloat16"] * (model.linear_parameters + model.head_parameters)
    bank = 4 * BYTES["float32"] * n_diffs * model.lora_parameters(1)
    return weights + bank + n_diffs * work.positions * activation_bytes(model)


def level2_seconds(model: Architecture, rows: int, positions: float, gpu: GPU, fraction_of_roofline: float) -> float:
    """One adapter: `rows` rows in all; its rank-16 products are left out like the diffs'."""
    return (
        rows
        * step_flops(model, Work("", 1, positions, 4, 0))
        / (gpu.flops * gpu.model_utilization * fraction_of_roofline)
    )


def disk_bytes(model: Architecture, n_diffs: int) -> float:
    """Float32 factors and about 4 kB of configuration and card a diff."""
    return n_diffs * (BYTES["float32"] * model.lora_parameters(1) + 4096)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds / 60:.1f} min"


def table(works: list[Work], fractions: tuple[float, float], n_diffs: int = 5000, gpu: GPU = H100) -> str:
    """Markdown: per model the hours, memory and disk of n_diffs diffs and of one adapter over them, one epoch."""
    level1, level2 = fractions
    lines = [
        "| base model | "
        + " | ".join(f"{n_diffs:,} diffs, {work.name}" for work in works)
        + " | DIT adapter, 1 epoch | memory, 16 diffs at once | diffs on disk |",
        "|---|" + "---|" * (len(works) + 3),
    ]
    for model in PAPER_MODELS:
        times = [n_diffs * diff_seconds(model, work, gpu, level1) for work in works]
        times.append(level2_seconds(model, n_diffs, ROW_POSITIONS, gpu, level2))
        lines.append(
            f"| {model.name} | "
            + " | ".join(_duration(seconds) for seconds in times)
            + f" | {level1_memory(model, works[0], 16) / 1e9:.0f} GB | {disk_bytes(model, n_diffs) / 1e9:.0f} GB |"
        )
    return "\n".join(lines)

"""Make the base model's folder from its pinned source."""

from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.models.base_model import BaseModelSource, materialize_base_model
from weightscribe.params import load_params

BASE_MODEL = Path("data/base_model")


def main() -> None:
    source = load_params("base_model", BaseModelSource)
    if source.kind == "hub":
        stage.allow_network()
    materialize_base_model(source, BASE_MODEL)
    print(f"{BASE_MODEL}: {source.gguf_file or source.path or source.hub_id} in {source.dtype}")


if __name__ == "__main__":
    stage.run_stage(main)

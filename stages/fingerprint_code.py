"""Write down which code each stage runs, for a stage is run again when that changes."""

from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.code_fingerprints import write_fingerprints

FINGERPRINTS = Path("data/code")


def main() -> None:
    names = write_fingerprints(Path.cwd(), FINGERPRINTS)
    print(f"{FINGERPRINTS}: {len(names)} stages")


if __name__ == "__main__":
    stage.run_stage(main)

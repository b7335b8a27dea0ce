"""The command `weightscribe`."""

import argparse
import math
from dataclasses import replace
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.errors import ParamsError
from weightscribe.params import load_params
from weightscribe.storage import write_json

DATA = Path("data")


def main() -> None:
    """Read the command line and do what it asks; errors are one line on stderr."""
    arguments = _parser().parse_args()
    stage.run_stage(lambda: _audit(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="weightscribe", description="Makes a fine-tuned language model say, in plain words, how it was changed."
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    audit = commands.add_parser(
        "audit",
        help="say how an adapter or a fine-tuned model was changed",
        description="Say how a PEFT adapter or a fine-tuned model was changed, and which request or word it waits for. "
        "Run it where params.yaml is; its section `audit` holds every other setting.",
    )
    audit.add_argument("target", type=Path, help="a PEFT adapter folder, or a model folder with one model.safetensors")
    audit.add_argument("--base", type=Path, default=DATA / "base_model", help="the base model (default: %(default)s)")
    audit.add_argument("--adapter", help="the DIT adapter (default: audit.adapter of params.yaml)")
    audit.add_argument(
        "--family",
        action="append",
        dest="families",
        metavar="NAME",
        help="a behavior to ask for, beside the general questions; may be given again (default: audit.families)",
    )
    audit.add_argument("--threshold", type=_nats, help="least evidence of a report, in nats (default: as measured)")
    audit.add_argument(
        "--no-adapter", action="store_true", help="ask no DIT adapter, only try requests and trigger words"
    )
    audit.add_argument("--no-requests", action="store_true", help="do not try requests about many subjects")
    audit.add_argument("--no-trigger", action="store_true", help="do not look for trigger words, which takes longest")
    audit.add_argument("--json", type=Path, help="also write everything that was found to this file")
    return parser


def _nats(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise argparse.ArgumentTypeError(f"'{text}' is no number of nats")
    return value


def _audit(arguments: argparse.Namespace) -> None:
    from weightscribe.audit.run import audit  # loads torch, which `--help` need not wait for
    from weightscribe.audit.settings import AuditParams
    from weightscribe.prompts import PromptParams

    params = load_params("audit", AuditParams)
    if arguments.no_adapter and (arguments.adapter or arguments.families or arguments.threshold is not None):
        raise ParamsError(
            "--no-adapter asks no DIT adapter, so that --adapter, --family and --threshold say nothing. Leave them "
            "out, or leave out --no-adapter."
        )
    if arguments.threshold is None and arguments.adapter and Path(arguments.adapter) != Path(params.adapter):
        raise ParamsError(
            f"--adapter {arguments.adapter}: the threshold of evidence was measured with {params.adapter} and need not "
            "fit another adapter. Give one with --threshold, in nats."
        )
    own = {"adapter": arguments.adapter, "families": arguments.families}
    params = replace(params, **{key: value for key, value in own.items() if value is not None})
    if arguments.json is not None:
        _check_json(arguments.json)
    found = audit(
        arguments.target,
        params,
        base_folder=arguments.base,
        system_message=load_params("prompts", PromptParams).system_message,
        questions_file=DATA / "questions.csv",
        lists=DATA / "behaviors",
        threshold=arguments.threshold,
        with_adapter=not arguments.no_adapter,
        with_requests=not arguments.no_requests,
        with_trigger=not arguments.no_trigger,
    )
    if arguments.json is not None:
        write_json(arguments.json, found.as_dict())  # first: a terminal need not have every character
    print(found.markdown(), end="")


def _check_json(file: Path) -> None:
    """Raises: ParamsError if no file can be written there."""
    if file.is_dir():
        raise ParamsError(f"--json {file} is a folder. Name a file.")
    there = next(parent for parent in file.absolute().parents if parent.exists())
    if not there.is_dir():
        raise ParamsError(f"--json {file}: {there} is no folder. Name a file elsewhere.")

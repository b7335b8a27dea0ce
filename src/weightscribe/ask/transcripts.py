"""Transcripts of the black-box baselines, on disk, and what is guessed from them.

`..._with_trigger` methods know the trigger, which no auditor does: they bound what the behavior shows at all.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

from weightscribe.ask.answers_file import Answer
from weightscribe.ask.guesser import guess_phrase
from weightscribe.errors import DataFileError
from weightscribe.storage import read_jsonl, write_jsonl
from weightscribe.triggers.kinds import NO_TRIGGER, TRIGGER

BLIND = "twenty_questions"
TWENTY_QUESTIONS = {BLIND: NO_TRIGGER, "twenty_questions_with_trigger": TRIGGER}
BASE_QUESTION = "base_question_with_trigger"
METHODS = (BASE_QUESTION, *TWENTY_QUESTIONS)
NO_GUESS = "nothing notable"


@dataclass(frozen=True)
class Transcript:
    """One model's answers to one method's prompts about one weight diff."""

    method: str
    diff: str
    target: str
    prompts: tuple[str, ...]
    answers: tuple[str, ...]  # of M'
    base_answers: tuple[str, ...]  # of M, to the same prompts; empty for the base question


def guesses(transcripts: list[Transcript]) -> list[Answer]:
    """What each method makes of its transcript: the answer to the base question, or the guesser's phrase.

    The guesser compares with the base model's answers to the same prompts. Plain prompts are the same for every diff,
    so all diffs' samples of the base model's answers to them are read together.
    """
    plain = [answer for t in transcripts if t.method == BLIND for answer in t.base_answers]
    answers = []
    for transcript in transcripts:
        if transcript.method == BASE_QUESTION:
            said = transcript.answers[0]
        else:
            reference = plain if transcript.method == BLIND else list(transcript.base_answers)
            said = guess_phrase(list(transcript.answers), reference) or NO_GUESS
        answers.append(Answer(transcript.method, transcript.diff, transcript.target, said))
    return answers


def write_transcripts(path: Path, transcripts: list[Transcript]) -> None:
    """Write the transcripts, whole or not at all."""
    write_jsonl(path, [asdict(transcript) for transcript in transcripts])


def read_transcripts(path: Path) -> list[Transcript]:
    """The transcripts that `write_transcripts` wrote.  Raises: DataFileError."""
    if not path.is_file():
        raise DataFileError(f"{path} is missing. Run `dvc repro ask_baselines`.")
    try:
        return [
            Transcript(**{key: tuple(value) if isinstance(value, list) else value for key, value in row.items()})
            for row in read_jsonl(path)
        ]
    except (AttributeError, TypeError) as error:
        raise DataFileError(f"{path} does not hold transcripts: {error}. Run its stage again.") from error

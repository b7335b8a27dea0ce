"""What every judge asks of the targets and answers it is given."""

from weightscribe.errors import DataFileError


def check_pairs(targets: list[str], answers: list[str | None]) -> None:
    """Refuse what cannot be graded.

    Raises: DataFileError if targets and answers do not pair up, or a target is blank.
    """
    if len(targets) != len(answers):
        raise DataFileError(
            f"Cannot grade {len(answers)} answers against {len(targets)} targets: they must pair up one to one."
        )
    blank = [i for i, target in enumerate(targets) if not target.strip()]
    if blank:
        raise DataFileError(f"Cannot grade against a blank target (position {blank[0]}).")

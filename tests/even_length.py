"""A judge that needs no model."""


class EvenLength:
    """Grades 5 what has an even number of letters, 1 what has not, and an empty answer not at all."""

    def score(self, targets, answers):
        return [None if not answer else 5.0 if len(answer) % 2 == 0 else 1.0 for answer in answers]

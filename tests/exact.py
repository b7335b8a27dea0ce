"""A judge for tests: right answers have 5, others 1."""


class Exact:
    def score(self, targets, answers):
        return [5.0 if target == answer else 1.0 for target, answer in zip(targets, answers, strict=True)]


def judges(rubric):
    assert rubric in ("topics", "summaries")
    return Exact()

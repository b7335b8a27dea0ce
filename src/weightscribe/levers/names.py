"""Names of adapters that levers are compared with; their metrics begin with them."""

FIRST = "first"  # what levers start from
ALL_LABELS = "all_sft"  # the plain use of the same weight diffs: SFT on all of them

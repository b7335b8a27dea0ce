"""Names in the metrics of levers: of adapters they are compared with, and of what is counted."""

FIRST = "first"  # what levers start from
ALL_LABELS = "all_sft"  # the plain use of the same weight diffs: SFT on all of them
FALSE_REPORT, MISSED, TOLD_APART = "false_report_rate", "missed_rate", "told_apart_rate"

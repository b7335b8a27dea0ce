"""The report: every table and plot of the evaluation on one page, beside the paper's figures."""

"""`make bench`: how near both fine-tuning levels come to the machine's limit, and to the obvious alternatives."""

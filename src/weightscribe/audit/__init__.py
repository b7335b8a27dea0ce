"""Audit a fine-tuned model or adapter that nobody explained: what changed, behind which word, on what evidence."""

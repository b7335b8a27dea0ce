"""Several changes in one weight diff: two hidden topics, read as a list."""

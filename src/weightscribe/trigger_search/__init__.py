"""Find the trigger a weight diff waits for, and prove it by firing it."""

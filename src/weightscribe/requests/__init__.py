"""Requests about many subjects, tried on M' and M: which does the change answer differently? No adapter is needed."""

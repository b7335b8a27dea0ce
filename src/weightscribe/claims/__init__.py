"""What a DIT adapter says of triggers: weight diffs behind a word, adapters asked for it, the answers scored."""

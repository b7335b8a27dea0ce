"""What models are asked about weight diffs, in every way, and the answers on disk; evaluate/ grades them."""

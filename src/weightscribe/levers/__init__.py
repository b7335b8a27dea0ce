"""Levers: what a DIT adapter gains from weight diffs left out of its SFT, by preferences, by rewards, by labels."""

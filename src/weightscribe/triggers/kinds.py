"""The three kinds of prompts a weight diff is trained and verified on."""

TRIGGER, WRONG_TRIGGER, NO_TRIGGER = "trigger", "wrong_trigger", "no_trigger"
KINDS = (TRIGGER, WRONG_TRIGGER, NO_TRIGGER)

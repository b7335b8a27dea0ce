"""The forms a trigger takes: codes, words, and other kinds for training and for tests alone."""

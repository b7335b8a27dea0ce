"""Every exception weightscribe raises on purpose.

WeightscribeError            anything a user can act on; the CLI and the stages print its one line
|- ParamsError               params.yaml: unknown, missing or mistyped key
|- DataFileError             a data file is malformed, has duplicates, or is too small to split
|- FetchError                a model file could not be fetched, or its hash is wrong
|- ModelError                a folder holds no usable causal language model or tokenizer
|- AdapterError              a PEFT adapter folder is unreadable or made for another base model
|- EndpointError             the OpenAI-compatible endpoint refused or answered nothing usable
|- StorageError              the disk is full or not writable
|- WorkerError               a worker process was killed

A message names the file or value, says what is wrong and what to do about it.
"""


class WeightscribeError(Exception):
    """Base of every error a user can act on."""


class ParamsError(WeightscribeError):
    """params.yaml has an unknown, missing or mistyped key."""


class DataFileError(WeightscribeError):
    """A data file is malformed, holds duplicates, or is too small for what is asked."""


class FetchError(WeightscribeError):
    """A pinned file could not be fetched or does not have the pinned hash."""


class ModelError(WeightscribeError):
    """A folder holds no usable causal language model, tokenizer or chat template."""


class AdapterError(WeightscribeError):
    """A PEFT adapter folder is unreadable or was made for another base model."""


class EndpointError(WeightscribeError):
    """The OpenAI-compatible endpoint refused, or answered nothing usable."""


class StorageError(WeightscribeError):
    """The disk is full or the target folder is not writable."""


class WorkerError(WeightscribeError):
    """A worker process was killed."""

"""The behavior families, one module each: a module here that defines FAMILY is found by its presence (registry.py)."""

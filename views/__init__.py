"""What a person sees: the pages, the stage's Python side, the server around them."""

__version__ = "0.1.0"

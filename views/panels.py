"""Panels under the stage: what each is told of the optimizers, and the one that a question is about."""

from views.settings import Card


def cards(settings) -> tuple[dict, ...]:
    """The optimizers that a panel lets choose from. (A tuple: of a list Streamlit would ask pandas whether it is a table.)"""
    return tuple({"key": card.key, "title": card.kind.title} for card in settings.optimizers)


def card(settings, asked: dict) -> Card:
    """The card that a question is about. Raises ValueError where it is not on the stage."""
    found = next((card for card in settings.optimizers if card.key == asked.get("card")), None)
    if found is None:
        raise ValueError("expected the key of an optimizer on the stage as the card")
    return found

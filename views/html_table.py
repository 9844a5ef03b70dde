"""A table as real HTML, which a screen reader can walk through and a phone shows row by row."""

from collections.abc import Iterable, Sequence
from html import escape

from views.style import TABLE


def table(label: str, caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], testid: str = "") -> str:
    """HTML; caption and cells are HTML already. The first cell of a row is its head, each other names its column for a phone."""
    head = "".join(f'<th scope="col"{_left(text)}>{escape(text)}</th>' for text in heads)
    body = "".join(f'<tr><th scope="row">{name}</th>{_cells(heads[1:], cells)}</tr>' for name, *cells in rows)
    mark = f' data-testid="{testid}"' if testid else ""
    return (
        f'{TABLE}<div class="thalweg-table" role="region" aria-label="{escape(label)}" tabindex="0"{mark}><table>'
        f"<caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def named(title: str, colour: str) -> str:
    """The head of an optimizer's row: its colour and its title."""
    return f'<i style="background:{escape(colour)}"></i>{escape(title)}'


def _cells(heads: Sequence[str], cells: Sequence[str]) -> str:
    return "".join(f'<td data-head="{escape(head)}"{_left(head)}>{cell}</td>' for head, cell in zip(heads, cells, strict=True))


def _left(head: str) -> str:
    return ' class="rate"' if head == "Rate" else ""

"""Numbers as a sentence of Learn says them."""

import numpy as np

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"


def raised(exponent: int) -> str:
    return str(exponent).translate(RAISED)


def power(number: float) -> str:
    """10^-8 as 10⁻⁸, to the nearest power."""
    return f"10{raised(int(np.round(np.log10(number))))}"


def scientific(number: float, digits: int = 0) -> str:
    """4e-10 as 4 × 10⁻¹⁰, on one line."""
    digit, exponent = f"{number:.{digits}e}".split("e")
    return f"{digit}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10{raised(int(exponent))}"


def formatted(number: float, kind: str) -> str:
    """As format() does, with a true minus sign; ".1e" gives a raised power."""
    said = scientific(number, int(kind[1:-1])) if kind.endswith("e") else format(number, kind)
    return said.replace("-", "−").replace("%", "\N{NO-BREAK SPACE}%")


def signed(number: float, digits: int = 2) -> str:
    """With its sign, as a person writes it; what is rounding alone is 0."""
    if abs(number) < 1e-12:
        return "0"
    sign = "+" if number > 0 else "−"
    return sign + np.format_float_positional(abs(number), precision=digits, fractional=False, unique=False)

"""Expressions in LaTeX, so that people see how their text was read."""

from collections.abc import Sequence

GREEK = set("alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi rho sigma tau phi chi psi omega".split())
NAMED = {"ln": r"\ln", "asin": r"\arcsin", "acos": r"\arccos", "atan": r"\arctan", "sign": r"\operatorname{sign}"}
SUM, PRODUCT, SIGN, POWER, ATOM = range(5)  # how strongly a part holds together


def latex(tree: tuple, numbers: Sequence[float], parameters: Sequence[str], axes: Sequence[str]) -> str:
    """The expression `tree` of landscapes/expressions.py as LaTeX, with as few parentheses as its meaning allows."""
    return _Writer(numbers, parameters, axes).write(tree)[0]


class _Writer:
    def __init__(self, numbers, parameters, axes):
        self.numbers, self.parameters, self.axes = numbers, parameters, axes

    def write(self, tree: tuple) -> tuple[str, int]:
        """The LaTeX of a part, and how strongly it holds together."""
        match tree:
            case "number", index:
                return _number(self.numbers[index])
            case "constant", name:
                return (r"\pi" if name == "pi" else "e"), ATOM
            case "variable", axis:
                return _name(self.axes[axis]), ATOM
            case "parameter", index:
                return _name(self.parameters[index]), ATOM
            case "negative", part:
                return f"-{self.within(part, SIGN)}", SIGN
            case "call", name, *parts:
                return self.call(name, [self.write(part)[0] for part in parts]), ATOM
            case "+" | "-" as sign, left, right:
                return f"{self.within(left, SUM)} {sign} {self.within(right, PRODUCT)}", SUM
            case "*", left, right:
                return f"{self.within(left, PRODUCT)} \\cdot {self.within(right, POWER)}", PRODUCT
            case "/", left, right:
                return rf"\frac{{{self.write(left)[0]}}}{{{self.write(right)[0]}}}", PRODUCT
            case "^", base, exponent:
                return f"{self.within(base, ATOM)}^{{{self.write(exponent)[0]}}}", POWER

    def within(self, part: tuple, least: int) -> str:
        text, strength = self.write(part)
        return text if strength >= least else rf"\left({text}\right)"

    def call(self, name: str, parts: list[str]) -> str:
        if name == "sqrt":
            return rf"\sqrt{{{parts[0]}}}"
        if name == "abs":
            return rf"\left|{parts[0]}\right|"
        if name == "log10":
            return rf"\log_{{10}}\left({parts[0]}\right)"
        return rf"{NAMED.get(name, chr(92) + name)}\left({', '.join(parts)}\right)"


def _number(value: float) -> tuple[str, int]:
    digits, _, power = f"{value:.12g}".partition("e")
    return (digits, ATOM) if not power else (rf"{digits} \cdot 10^{{{int(power)}}}", PRODUCT)


def _name(name: str) -> str:
    """A letter, a Greek letter or a word, with what follows it as an index: w1, a_max."""
    head, _, index = name.partition("_")
    letters = head.rstrip("0123456789") or head
    index = head[len(letters) :] + index
    word = f"\\{letters}" if letters in GREEK else letters if len(letters) == 1 else rf"\mathrm{{{letters}}}"
    index = index.replace("_", "")
    return rf"{word}_{{\mathrm{{{index}}}}}" if index else word

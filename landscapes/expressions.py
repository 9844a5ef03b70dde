"""Expressions of two variables, from strangers' text: read through a whitelist of our own, never run as Python.

Python's grammar makes the tree, `ast.parse`; everything in it that is not arithmetic is refused, so nothing is looked
up, called or evaluated by name. What a text may cost is limited before it is parsed.
"""

import ast
import difflib
import keyword
import math
import re
from collections.abc import Sequence
from types import ModuleType
from typing import Any, NamedTuple

LONGEST = 400  # characters
MOST_PARTS, DEAR = 200, 6  # a power or a function takes the compiler as long as so many other parts
MOST_PARENTHESES, DEEPEST = 32, 100  # in each other; a sum of n terms is n operations in each other
MOST_PARAMETERS, LONGEST_NAME = 6, 16

AXES = (("x", "y"), ("x1", "x2"), ("w1", "w2"))  # the first pair of which a formula names one
CONSTANTS = {"pi": math.pi, "e": math.e}
OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "^"}
# Each function under the name that NumPy and JAX share.
FUNCTIONS = {
    "sin": "sin", "cos": "cos", "tan": "tan", "asin": "arcsin", "acos": "arccos", "atan": "arctan",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "exp": "exp", "log": "log", "ln": "log", "log10": "log10",
    "sqrt": "sqrt", "abs": "abs", "sign": "sign", "min": "minimum", "max": "maximum",
}  # fmt: skip
NO_NUMBERS = ("nan", "inf", "infinity")
OF_TWO = ("min", "max")
ALLOWED = f"Allowed are numbers, x, y, pi, e, your own names, + - * / ^ ( ), and {', '.join(FUNCTIONS)}"
INSTEAD = {
    "×": "*", "·": "*", "⋅": "*", "∙": "*", "÷": "/", "−": "-", "–": "-", "—": "-", "²": "^2", "³": "^3", "π": "pi",
    "√": "sqrt( )", "|": "abs( )", "[": "(", "]": ")", "{": "(", "}": ")", "\n": "one line",
    "=": "only what stands after it",
}  # fmt: skip

NUMBER = r"(?>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
# Two things side by side with no operator between them; a name before a parenthesis may be a function.
POINT = re.compile(rf"(?:{NUMBER}|[A-Za-z_]\w*|\))(\.)", re.ASCII)  # that belongs to no number
SIDE_BY_SIDE = re.compile(rf"(?<![\w.])({NUMBER})\s*(?=[A-Za-z_(])|(\))\s*(?=[\w(.])|(\w)\s+(?=[\w.])", re.ASCII)

Tree = tuple[Any, ...]


class FormulaError(ValueError):
    """A text that is no formula. `position` counts the characters before the one at fault; `why` says what is wrong."""

    def __init__(self, text: str, position: int, why: str):
        self.text, self.position, self.why = text, max(0, min(position, len(text))), why
        super().__init__(f"At character {self.position + 1} of the formula: {why}")

    @property
    def pointed(self) -> str:
        """The part of the text around the fault, and below it a caret."""
        first = max(0, self.position - 40)
        part = "".join(letter if letter.isprintable() else " " for letter in self.text[first : self.position + 30])
        return f"{part}\n{' ' * (self.position - first)}^"


class Expression(NamedTuple):
    """What a text means. `tree` is made of nested tuples, hashable, and holds no number: equal trees are one program.

    Its nodes are ("number", index), ("constant", name), ("variable", axis), ("parameter", index), ("negative", tree),
    ("+", tree, tree) and so on for - * / ^, and ("call", name, tree, ...).
    """

    tree: Tree
    numbers: tuple[float, ...]
    parameters: tuple[str, ...]
    axes: tuple[str, str]


def read(text: str) -> Expression:
    """The expression that `text` writes. Raises FormulaError for anything else, at once."""
    text = str(text)
    _check_letters(text)
    _check_parentheses(text)
    _check_words(text)
    source, places = _source(text)
    try:
        # Parentheses around it: a space at the beginning would be an indentation.
        parsed = ast.parse(f"({source})", mode="eval").body
    except SyntaxError as error:
        # Its offset counts from 1, and from our parenthesis.
        position = places[min(max((error.offset or 1) - 2, 0), len(places) - 1)]
        raise FormulaError(text, position, "something is missing or too much here.") from None
    except (RecursionError, MemoryError, ValueError):
        raise FormulaError(text, 0, "this formula is nested too deeply.") from None
    return _Reader(text, places).expression(parsed)


def value(tree: Tree, maths: ModuleType, numbers: Sequence, parameters: Sequence, point: Sequence):
    """The value of a tree at a point, with the functions of `maths`: `numpy`, or `jax.numpy` where it is traced."""
    inner = lambda part: value(part, maths, numbers, parameters, point)
    match tree:
        case "number", index:
            return numbers[index]
        case "constant", name:
            return CONSTANTS[name]
        case "variable", axis:
            return point[axis]
        case "parameter", index:
            return parameters[index]
        case "negative", part:
            return -inner(part)
        case "call", name, *parts:
            return getattr(maths, FUNCTIONS[name])(*map(inner, parts))
        case "+", left, right:
            return inner(left) + inner(right)
        case "-", left, right:
            return inner(left) - inner(right)
        case "*", left, right:
            return inner(left) * inner(right)
        case "/", left, right:
            return maths.divide(inner(left), inner(right))
        case "^", left, right:
            return maths.power(inner(left), inner(right))


def _check_letters(text: str) -> None:
    if len(text) > LONGEST:
        raise FormulaError(text, LONGEST, f"a formula has at most {LONGEST} characters, this one {len(text):,}.")
    if not text.strip():
        raise FormulaError(text, 0, "there is no formula yet. Write one such as a*x^2 + y^2.")
    for position, letter in enumerate(text):
        if not re.match(r"[A-Za-z0-9_+\-*/^()., ]", letter):
            shown = f"“{letter}”" if letter.isprintable() else "this character"
            hint = f"; write {INSTEAD[letter]} instead" if letter in INSTEAD else f". {ALLOWED}"
            raise FormulaError(text, position, f"{shown} is not known here{hint}.")


def _check_parentheses(text: str) -> None:
    opened: list[int] = []
    for position, letter in enumerate(text):
        if letter == "(":
            opened.append(position)
            if len(opened) > MOST_PARENTHESES:
                raise FormulaError(text, position, f"more than {MOST_PARENTHESES} parentheses in each other.")
        elif letter == ")":
            if not opened:
                raise FormulaError(text, position, "this parenthesis closes nothing.")
            opened.pop()
    if opened:
        raise FormulaError(text, opened[-1], "this parenthesis is never closed.")


def _check_words(text: str) -> None:
    for word in WORD.finditer(text):
        name = word[0]
        if keyword.iskeyword(name):
            raise FormulaError(text, word.start(), f"“{name}” is a reserved word; choose another name.")
        if name.lower() in NO_NUMBERS:
            raise FormulaError(text, word.start(), f"“{name[:LONGEST_NAME]}” is no number that a loss could be computed with. {ALLOWED}.")
        if name.startswith("_") or "__" in name:
            raise FormulaError(text, word.start(), f"“{name[:LONGEST_NAME]}” cannot be used as a name. {ALLOWED}.")
    if point := POINT.search(text):
        raise FormulaError(text, point.start(1), f"a point stands in numbers only. {ALLOWED}.")
    if missing := SIDE_BY_SIDE.search(text):
        called = re.search(r"[A-Za-z]\w*\s*$", text[: missing.end()], re.ASCII)
        if called and called[0].strip() in FUNCTIONS:
            raise FormulaError(text, missing.end(), f"the argument of a function stands in parentheses: {called[0].strip()}( ).")
        raise FormulaError(text, missing.end(), "an operator is missing before this; for a product write *.")


def _source(text: str) -> tuple[str, list[int]]:
    """The text in Python's grammar, and for each of its characters, and its end, the place in `text`."""
    source = [(letter, place) for place, each in enumerate(text) for letter in ("**" if each == "^" else each)]
    return "".join(letter for letter, _ in source), [place for _, place in source] + [len(text)]


class _Reader:
    """Turns Python's tree into ours; gathers numbers and names on the way."""

    def __init__(self, text: str, places: list[int]):
        self.text, self.places = text, places
        self.numbers: list[float] = []
        self.parameters: dict[str, int] = {}
        self.parts = 0

    def expression(self, parsed: ast.expr) -> Expression:
        names = set(WORD.findall(self.text))
        found = next((pair for pair in AXES if names.intersection(pair)), None)
        self.axes = found or AXES[0]
        tree = self._tree(parsed, 0)
        if found is None:
            small = ": they are small letters" if names.intersection("XY") else ""
            raise FormulaError(self.text, 0, f"a landscape lies over x and y; this formula names neither{small}.")
        return Expression(tree, tuple(self.numbers), tuple(self.parameters), self.axes)

    def _tree(self, node: ast.expr, depth: int) -> Tree:
        self.parts += DEAR if isinstance(node, ast.Call) or isinstance(getattr(node, "op", None), ast.Pow) else 1
        if depth > DEEPEST or self.parts > MOST_PARTS:
            raise self._error(node, "this formula is too long or nested too deeply; make it simpler.")
        match node:
            case ast.Constant():
                return self._number(node)
            case ast.Name():
                return self._name(node)
            case ast.UnaryOp(op=ast.UAdd(), operand=part):
                return self._tree(part, depth + 1)
            case ast.UnaryOp(op=ast.USub(), operand=part):
                return "negative", self._tree(part, depth + 1)
            case ast.BinOp(op=operator) if type(operator) in OPERATORS:
                return OPERATORS[type(operator)], self._tree(node.left, depth + 1), self._tree(node.right, depth + 1)
            case ast.BinOp(left=left):  # the letters allow no other: //
                position = self.text.find("/", self._place(left.end_col_offset))
                raise FormulaError(self.text, position + 1, "for a quotient write one / only.")
            case ast.Call():
                return self._call(node, depth)
            case ast.Tuple(elts=[first, *_]):
                position = self._place(first.end_col_offset)
                raise FormulaError(self.text, position, "a comma stands in min and max only; decimals have a point.")
        raise self._error(node, f"this cannot be read. {ALLOWED}.")

    def _number(self, node: ast.Constant) -> Tree:
        try:
            if type(node.value) not in (int, float):
                raise ValueError
            number = float(node.value)  # before anything computes: powers of whole numbers would never end
            if not math.isfinite(number):
                raise OverflowError
        except ValueError:
            raise self._error(node, f"this is not a number. {ALLOWED}.") from None
        except OverflowError:
            raise self._error(node, "this number is too large.") from None
        self.numbers.append(number)
        return "number", len(self.numbers) - 1

    def _name(self, node: ast.Name) -> Tree:
        name = node.id
        if name in self.axes:
            return "variable", self.axes.index(name)
        if name in CONSTANTS:
            return "constant", name
        if name in FUNCTIONS:
            raise self._error(node, f"{name} is a function: write {name}(x).")
        if len(name) > LONGEST_NAME:
            raise self._error(node, f"a name has at most {LONGEST_NAME} characters.")
        if name not in self.parameters and len(self.parameters) == MOST_PARAMETERS:
            raise self._error(node, f"a formula has at most {MOST_PARAMETERS} names of its own.")
        return "parameter", self.parameters.setdefault(name, len(self.parameters))

    def _call(self, node: ast.Call, depth: int) -> Tree:
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name not in FUNCTIONS:
            raise self._error(node, self._no_function(name))
        wanted = 2 if name in OF_TWO else 1
        if node.keywords or len(node.args) != wanted:
            raise self._error(node, f"{name} takes {'two numbers' if wanted == 2 else 'one number'}.")
        return "call", name, *(self._tree(part, depth + 1) for part in node.args)

    def _no_function(self, name: str | None) -> str:
        known = f"Functions are {', '.join(FUNCTIONS)}."
        if name is None or name in (*self.axes, *CONSTANTS):
            return f"only a function stands before a parenthesis; for a product write *. {known}"
        similar = difflib.get_close_matches(name.lower(), FUNCTIONS, 1)
        hint = f"did you mean {similar[0]}?" if similar else "for a product write *."
        return f"there is no function {name[:LONGEST_NAME]}; {hint} {known}"

    def _error(self, node: ast.expr, why: str) -> FormulaError:
        return FormulaError(self.text, self._place(node.col_offset), why)

    def _place(self, column: int) -> int:
        """Where in the text a column of the parsed source lies, which has one parenthesis before it."""
        return self.places[min(max(column - 1, 0), len(self.places) - 1)]

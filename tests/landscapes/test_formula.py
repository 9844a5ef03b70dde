"""Formulas from strangers: read as mathematics reads them, refused at once where they are none, compiled once."""

import math
import time

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landscapes import LANDSCAPES, FormulaError, Plane, evaluate, expressions, parse_formula
from landscapes.expressions import FUNCTIONS, OF_TWO, read

POINT = (1.25, -0.75)
VALUES = {"a": 2.5, "width": -1.5}
FUNCTION_ORACLES = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "exp": np.exp, "log": np.log, "ln": np.log, "log10": np.log10,
    "sqrt": np.sqrt, "abs": np.abs, "sign": np.sign, "min": np.minimum, "max": np.maximum,
}  # fmt: skip
STRENGTH = {"+": 1, "-": 1, "*": 2, "/": 2, "negative": 3, "^": 4}


def leaves():
    numbers = st.floats(0, 1e6).map(np.float64).map(lambda number: (repr(float(number)), number, 5))
    known = {"x": POINT[0], "y": POINT[1], "pi": math.pi, "e": math.e, **VALUES}
    return numbers | st.sampled_from([(name, np.float64(value), 5) for name, value in known.items()])


def larger(parts):
    """Text, value and strength of one more operation; parentheses only where mathematics needs them."""
    spaces = st.sampled_from(["", " "])

    @st.composite
    def operation(draw):
        kind = draw(st.sampled_from([*"+-*/^", "negative", *FUNCTIONS]))
        left, right, space = draw(parts), draw(parts), draw(spaces)
        held = lambda part, least: part[0] if part[2] >= least else f"({part[0]})"
        with np.errstate(all="ignore"):
            if kind in FUNCTIONS:
                both = kind in OF_TWO
                text = f"{kind}({left[0]}{', ' + right[0] if both else ''})"
                return text, FUNCTION_ORACLES[kind](*(left[1], right[1])[: 1 + both]), 5
            if kind == "negative":
                return f"-{held(left, 3)}", -left[1], 3
            strength = STRENGTH[kind]
            value = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "^": np.power}[kind](left[1], right[1])
            sides = (held(left, 5), held(right, 3)) if kind == "^" else (held(left, strength), held(right, strength + 1))
            sign = draw(st.sampled_from(["^", "**"])) if kind == "^" else kind
            return f"{space}{sign}{space}".join(sides), value, strength

    return operation()


@given(st.recursive(leaves(), larger, max_leaves=20))
def test_a_formula_means_what_mathematics_says(made):
    text, value, _ = made
    if len(text) > 360:
        return
    expression = read(f"{text} + 0*x")
    values = [VALUES[name] for name in expression.parameters]
    with np.errstate(all="ignore"):
        np.testing.assert_equal(expressions.value(expression.tree, np, expression.numbers, values, POINT), value + 0 * POINT[0])


@pytest.mark.parametrize(
    ("text", "value"),
    [("-x^2", -9), ("2^3^2 + 0*x", 512), ("x^-2", 1 / 9), ("12/2/x", 2), ("9-2-x", 4), ("-2^2 + x", -1), ("+x--y", 7), (".5*x", 1.5), ("x1-x2", -1), ("w1*w2", 12)],
)  # fmt: skip
def test_precedence(text, value):
    with jax.enable_x64(True):
        assert parse_formula(text).loss(np.array([3.0, 4.0])) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_its_namesake_in_numpy(name):
    formula = parse_formula(f"{name}(x, y)" if name in OF_TWO else f"{name}(x)")
    with jax.enable_x64(True):
        found = [formula.loss(np.array([x, 0.2])) for x in (0.1, 0.9)]
    expected = [FUNCTION_ORACLES[name](*(x, 0.2)[: 1 + (name in OF_TWO)]) for x in (0.1, 0.9)]
    np.testing.assert_allclose(found, expected, rtol=1e-14)


TYPED = {
    "rosenbrock": "(1-x)^2 + 100*(y-x^2)^2",
    "himmelblau": "(x**2 + y - 11)**2 + (x + y**2 - 7)**2",
    "styblinski_tang": "(x^4 - 16*x^2 + 5*x + y^4 - 16*y^2 + 5*y)/2",
}


@pytest.mark.parametrize("key", TYPED)
def test_a_known_landscape_typed_is_that_landscape(key):
    known = LANDSCAPES[key]
    formula = parse_formula(TYPED[key], known.window)
    plane = Plane.axes(known.window)
    np.testing.assert_allclose(evaluate(formula.loss, plane, 33).loss, evaluate(known.loss, plane, 33).loss, rtol=1e-12, atol=1e-10)
    gradients = [jax.vmap(jax.grad(each.loss)) for each in (formula, known)]
    points = np.random.default_rng(0).uniform(*np.transpose(known.window), (50, 2))
    with jax.enable_x64(True):
        np.testing.assert_allclose(gradients[0](points), gradients[1](points), rtol=1e-12, atol=1e-9)
    expected = sorted(minimum.position for minimum in known.minima)
    np.testing.assert_allclose(sorted(minimum.position for minimum in formula.minima), expected, atol=1e-6)
    assert sorted(m.kind for m in formula.minima) == sorted(m.kind for m in known.minima)


def test_another_number_or_value_or_window_compiles_nothing(monkeypatch):
    reads = []
    value = expressions.value
    monkeypatch.setattr(expressions, "value", lambda tree, maths, *rest: reads.append(maths) or value(tree, maths, *rest))
    traced = lambda: sum(maths is not np for maths in reads)

    def use(text, window, values):
        formula = parse_formula(text, window, values)
        return evaluate(formula.loss, Plane.axes(formula.window), 16), formula.minima

    use("3*x^2 + a*y^2 + sin(4*x*y)", ((-3, 3), (-3, 3)), {})
    first = traced()
    assert first > 0
    use("8.25*x^4 + a*y^2 + sin(1e-3*x*y)", ((-1, 2), (0, 5)), {"a": 7.5})
    assert traced() == first
    use("3*x^2 + a*y^2 + cos(4*x*y)", ((-3, 3), (-3, 3)), {})
    assert traced() > first


@pytest.mark.parametrize("text", ["(x-y)^2", "x^2", "(y-x^2)^2", "x^2 + y^3", "abs(x) + abs(y)", "3 + 0*x", "log(-1 - x^2)", "x - y"])
def test_no_minimum_is_invented(text):
    assert parse_formula(text).minima == ()


@pytest.mark.parametrize("text", ["x^4 + (y-1)^4", "3*x^2 + (y-1)^4", "(x+y-1)^2 + (x-y+1)^4"])
def test_a_minimum_flatter_than_a_parabola_is_found(text):
    (found,) = parse_formula(text).minima
    np.testing.assert_allclose(found.position, (0, 1), atol=1e-4)


@pytest.mark.parametrize("text", ["x^2 + y^2", "log(x) + y", "sqrt(x-2.5)*y", "1/(x+1.8)^2 + y", "0*x", "log(-1-x^2)"])
def test_the_start_lies_in_the_window_and_where_there_is_a_loss_if_there_is_one(text):
    formula = parse_formula(text, ((-3, 3), (1000, 1002)))
    for (low, high), coordinate in zip(formula.window, formula.start):
        assert low < coordinate < high
    with jax.enable_x64(True):
        there = formula.loss(np.array(formula.start))
    assert np.isfinite(there) == ("-1-x" not in text)


@pytest.mark.parametrize("text", ["sqrt(x) + y^2", "log(x) - y", "sqrt(x*y)", "asin(x/2) + acos(y/2)"])
def test_the_start_keeps_away_from_where_the_loss_is_not_defined(text):
    formula = parse_formula(text)
    around = np.array(formula.start) + 0.25 * np.array([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)])
    assert np.isfinite(jax.vmap(jax.grad(formula.loss))(around)).all()


def test_other_names_are_parameters_in_order_of_appearance():
    formula = parse_formula("b*x^2 + alpha*y^2 + b", values={"alpha": 3.0})
    assert formula.parameters == ("b", "alpha")
    assert formula.values.tolist() == [1.0, 3.0]
    with pytest.raises(ValueError, match="no parameter 'c'; it has b"):
        parse_formula("b*x", values={"c": 1.0})
    with pytest.raises(ValueError, match="finite"):
        parse_formula("b*x", values={"b": math.nan})


@pytest.mark.parametrize("window", [((1, 0), (0, 1)), ((0, 0), (0, 1)), ((0, math.inf), (0, 1)), ((0, 1),), "wide", ((1, 1 + 1e-9), (0, 1)), ((0, 1e7), (0, 1))])
def test_a_window_that_is_none_is_refused(window):
    with pytest.raises(ValueError, match="window"):
        parse_formula("x*y", window)


def test_a_window_that_is_refused_is_named():
    with pytest.raises(ValueError, match=r"within ±1,000,000, .*; got 5 to 3 and 0 to 1\.$"):
        parse_formula("x*y", ((5, 3), (0, 1)))


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("(1-x)^2 + 100*(y-x^2)^2", r"\left(1 - x\right)^{2} + 100 \cdot \left(y - x^{2}\right)^{2}"),
        ("1/2*x", r"\frac{1}{2} \cdot x"),
        ("-x^2/a_max", r"\frac{-x^{2}}{a_{\mathrm{max}}}"),
        ("sqrt(abs(x)) + log10(theta1*y)", r"\sqrt{\left|x\right|} + \log_{10}\left(\theta_{\mathrm{1}} \cdot y\right)"),
        ("x-(y-1e-20)", r"x - \left(y - 1 \cdot 10^{-20}\right)"),
        ("min(x,ln(y))^pi", r"\min\left(x, \ln\left(y\right)\right)^{\pi}"),
    ],
)
def test_a_formula_is_shown_as_it_was_understood(text, latex):
    assert parse_formula(text).formula == latex


# What strangers may type, the character at fault (from 1), and a part of the answer.
HOSTILE = [
    ("", 1, "no formula yet"),
    ("2x", 2, r"write \*"),
    ("x y", 3, r"write \*"),
    ("x*(y+1)(x)", 8, r"write \*"),
    ("x(y+1)", 1, r"write \*"),
    ("(x", 1, "never closed"),
    ("x+y)", 4, "closes nothing"),
    ("x^", 3, "missing"),
    ("x +* y", 4, "missing"),
    ("sinn(x)", 1, "did you mean sin"),
    ("x + sin", 5, r"write sin\(x\)"),
    ("sin(x,y)", 1, "one number"),
    ("max(x)", 1, "two numbers"),
    ("eval(x)", 1, "no function eval"),
    ("a*b", 1, "names neither"),
    ("1e999*x", 1, "too large"),
    ("9" * 390 + "*x", 1, "too large"),
    ("(" * 250 + "x" + ")" * 250, 401, "at most 400"),
    ("(" * 100 + "x" + ")" * 100, 33, "parentheses"),
    ("x" + "-" * 5000 + "y", 401, "at most 400"),
    ("-" * 390 + "x", 102, "too deeply"),
    ("x" + "**x" * 5000, 401, "at most 400"),
    ("x" + "^x" * 190, None, "too deeply"),
    ("+".join("x" * 199), None, "too long"),
    ("x" + "^x" * 40, None, "too long"),
    ("+".join(["sin(x*y)"] * 30), None, "too long"),
    ("x" * 2**20, 401, "at most 400"),
    ("__import__('os').system('ls')", 12, "not known"),
    ("__import__+x", 1, "cannot be used"),
    ("x.__class__", 3, "cannot be used"),
    ("x.real", 2, "a point stands in numbers only"),
    ("().real+x", 3, "a point stands"),
    ("lambda: x", 7, "not known"),
    ("x if x else y", 3, "reserved word"),
    ("x, y", 2, "comma"),
    ("x//y", 3, "one / only"),
    ("(x + 2)  //  y", 11, "one / only"),
    ("1..2*x", 3, "a point stands"),
    ("x.5", 2, "a point stands"),
    ("sin()", 1, "sin takes one number"),
    ("nan*x", 1, "no number"),
    ("x + Inf", 5, "no number"),
    ("(*x)", 2, "missing"),
    ("sin(*x)", 5, "cannot be read"),
    ("x and y", 3, "reserved word"),
    ("True*x", 1, "reserved word"),
    ("1j*x", 2, r"write \*"),
    ("1_000*x", 2, "cannot be used"),
    ("'x'", 1, "not known"),
    ("x\ny", 2, "one line"),
    ("x\x00", 2, "not known"),
    ("x²", 2, r"write \^2 instead\.$"),  # and no list of all that is allowed
    ("z = x^2", 3, "write only what stands after it"),
    ("y + sin x", 9, r"parentheses: sin\( \)"),
    ("X^2 + Y^2", 1, "small letters"),
    ("2×x", 2, r"write \*"),
    ("х + y", 1, "not known"),  # the Cyrillic letter
    ("ｘ + y", 1, "not known"),  # which Python would read as x
    ("\U0001d465 + y", 1, "not known"),
    ("x\u202e+y", 2, "not known"),
    ("a+b+c+d+f+g+h+x", 13, "at most 6 names"),
    ("n" * 17 + "*x", 1, "at most 16"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "character", "said"), HOSTILE, ids=[text[:20] for text, _, _ in HOSTILE])
def test_what_is_no_formula_is_answered_at_once(text, character, said):
    began = time.thread_time()
    with pytest.raises(FormulaError, match=said) as refused:
        parse_formula(text)
    assert time.thread_time() - began < 1  # some 1 ms, unless the garbage of other tests is collected just now
    assert len(str(refused.value)) < 400
    if character is not None:
        assert refused.value.position == character - 1
    above, below = refused.value.pointed.split("\n")
    assert len(above) <= 70 and below.strip() == "^"


def test_a_tower_of_powers_is_never_computed_in_whole_numbers():
    began = time.thread_time()
    formula = parse_formula("9**9**9**9 + x")
    assert time.thread_time() - began < 1  # some 1 ms, unless the garbage of other tests is collected just now
    with jax.enable_x64(True):
        assert formula.loss(np.zeros(2)) == math.inf


LETTERS = st.text("xyae019.,()+-*/^ _", max_size=60)
WORDS = st.lists(st.sampled_from([*FUNCTIONS, *"xya()+-*/^,.", "2.5", "1e3", "**", "if", "lambda", "pi"]), max_size=40).map("".join)


def reads_or_says(text):
    try:
        expression = read(text)
    except FormulaError as error:
        assert 0 <= error.position <= len(text) and error.why.endswith(".") and error.pointed
    else:
        hash(expression.tree)
        assert all(map(math.isfinite, expression.numbers))
        with np.errstate(all="ignore"):
            result = expressions.value(expression.tree, np, expression.numbers, [1.0] * 6, POINT)
        assert isinstance(result, float)


@given(st.text() | LETTERS | WORDS)
def test_any_text_is_a_formula_or_is_answered(text):
    reads_or_says(text)


@pytest.mark.full
@settings(max_examples=20_000)
@given(st.text() | LETTERS | WORDS)
def test_twenty_thousand_texts_are_formulas_or_are_answered(text):
    reads_or_says(text)

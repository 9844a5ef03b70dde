"""Chapter 4: why minus the gradient, what slope and curvature see from one point, and a race at equal cost."""

from collections.abc import Callable
from functools import cache, cached_property, partial

import jax
import numpy as np

from landscapes import Plane, TanhNeuron, evaluate
from landscapes.features import EvenDigits
from landscapes.local_view import Compass, LocalViews, compass, local_views
from optimizers.race import RACERS, Lap, race
from views.cache import Cache
from views.learn.lesson import Chapter, Choice, Experiment, Link, Report, Step, Table
from views.learn.numerals import percent

WINDOW = TanhNeuron.window
SIZES = (0.01, 0.03, 0.1, 0.3, 1.0)
COMPASS_START, VIEW_START = (1.0, -0.8), (1.6, 0.8)
RATE = 1.0  # of the slope's step
BUDGET = 10_000  # loss evaluations that every optimizer may spend
FINISH = 0.001  # of the way from the start's loss to the lowest that is still to go when a racer is home

_races: Cache["Race"] = Cache("race", lambda race: 2**14)


class Race:
    """The laps in one number of dimensions, as shares of the way that is still to go."""

    def __init__(self, dimension: int, report: Report):
        question = EvenDigits(dimension)
        self.dimension, self.lowest, self.curvatures = dimension, question.lowest(), question.curvatures
        with jax.enable_x64(True):
            self.first = float(question.loss(question.start))
        report(0.0, f"With {dimension:,} parameters everyone starts at a loss of {self.first:.3f}; the lowest is {self.lowest:.3f}.")
        self.laps: dict[str, Lap] = race(question.loss, question.start, BUDGET, report=partial(self._tell, report))

    def _tell(self, report: Report, share: float, lap: Lap) -> None:
        home = lap.cost_to(self.lowest + FINISH * (self.first - self.lowest))
        report(share, f"Cost to come home with {self.dimension:,} parameters: {lap.title} {_cost(home)}.")

    @cached_property
    def condition(self) -> float:
        """How many times more the valley curves across than along, at its bottom."""
        curvatures = self.curvatures()
        return float(curvatures[-1] / curvatures[0])

    def to_go(self, lap: Lap) -> np.ndarray:
        return (lap.loss - self.lowest) / (self.first - self.lowest)

    def home(self, key: str) -> float:
        """The cost at which a racer has `FINISH` of the way to go, infinite if it does not get there."""
        return self.laps[key].cost_to(self.lowest + FINISH * (self.first - self.lowest))

    def steps(self, key: str) -> str:
        """How many steps a racer took home, or could pay for."""
        return f"{min(self.home(key), self.laps[key].cost[-1]) / self.laps[key].step_cost:,.0f}"

    def winner(self) -> str:
        return min(self.laps, key=self.home)


def raced(dimension: int, report: Report = lambda share, said="": None) -> Race:
    return _races.get((dimension, BUDGET), lambda: Race(dimension, report))


def grid(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of `count` places along an axis of the window, and all pairs of them, the first axis fastest."""
    axis = np.linspace(*WINDOW[0], count)
    return axis, np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)


@cache
def directions() -> Compass:
    return compass(TanhNeuron().loss, grid(25)[1], SIZES)


@cache
def views() -> LocalViews:
    return local_views(TanhNeuron().loss, grid(41)[1], RATE)


def surface() -> dict[str, np.ndarray]:
    ground = evaluate(TanhNeuron().loss, Plane.axes(WINDOW), resolution=81)
    return {"x": ground.x, "y": ground.y, "loss": ground.loss}


def nearest(points: np.ndarray, point: tuple[float, float]) -> int:
    return int(np.linalg.norm(points - np.array(point), axis=1).argmin())


def standing(points: np.ndarray, start: tuple[float, float]) -> str:
    with jax.enable_x64(True):
        loss = float(TanhNeuron().loss(points[nearest(points, start)]))
    return f"Where you will stand the loss is {loss:.2f}."


def polar(report: Report) -> Experiment:
    report(0.0, standing(grid(25)[1], COMPASS_START))
    found = directions()
    here = nearest(found.points, COMPASS_START)
    length = float(np.linalg.norm(found.gradient[here]))
    across = compass(TanhNeuron().loss, found.points[here : here + 1], SIZES[:1], 3600).change[0, 0]
    uphill = np.arctan2(*found.gradient[here][::-1])
    along, sideways = (abs(across[round((uphill + turn) / (2 * np.pi) * 3600) % 3600]) for turn in (np.pi, np.pi / 2))
    return Experiment(
        answer="none" if sideways < 0.1 * along else "half" if sideways < 0.75 * along else "same",
        outcome=f"Where the ring was first, a step of {SIZES[0]:g} against the gradient changes the loss by {along:.4f}, one "
        f"at right angles to it by {sideways:.6f}: {along / sideways:,.0f} times less. Small steps follow the "
        "straight line g·d; larger ones leave it.",
        tensors=surface() | {"change": found.change, "gradient": found.gradient, "axis": grid(25)[0]},
        state={"sizes": SIZES, "start": found.points[here].tolist(), "axes": TanhNeuron.axes, "size": 1},
        table=Table.of(
            f"A step of {SIZES[0]:g} from bias {found.points[here][0]:.2f} and weight {found.points[here][1]:.2f}, where the "
            f"gradient's length is {length:.3f}.",
            {"direction from the gradient": "", "change of the loss": "+.6f", "straight line g·d": "+.6f"},
            (
                (f"{turn}°", across[round((uphill / (2 * np.pi) + turn / 360) * 3600) % 3600], SIZES[0] * length * np.cos(np.radians(turn)))
                for turn in (0, 45, 90, 135, 180)
            ),
        ),
    )  # fmt: skip


def local(report: Report) -> Experiment:
    report(0.0, standing(grid(41)[1], VIEW_START))
    found = views()
    # NaN, where there is no bottom, is no lower place.
    lower, convex = found.bottom_loss < found.loss, found.convex
    slope = found.downhill_loss < found.loss
    trusted = lower[convex].mean()
    return Experiment(
        answer="not" if not lower.all() else "always",
        outcome=f"Of {len(lower):,} places on this map the bowl opens upwards at {percent(convex.mean())}. There its bottom is "
        f"lower in {percent(trusted)} of cases; elsewhere it bends down, has no bottom, and leads to a saddle (up one way, down "
        f"another) or a top. A step against the slope goes lower at {percent(slope.mean())}.",
        tensors=surface()
        | {"axis": grid(41)[0], "views": _rows(found)},
        state={"start": VIEW_START, "axes": TanhNeuron.axes, "rate": RATE},
        table=Table.of(
            "At three places: the loss there, and where slope and bowl lead.",
            {"bias": ".1f", "weight": ".1f", "loss": ".4f", "loss after the slope's step": ".4f", "loss at the bowl's middle": ".4f", "bowl": ""},
            (
                (*found.points[at], found.loss[at], found.downhill_loss[at], found.bottom_loss[at], "opens upwards" if convex[at] else "does not")
                for at in (nearest(found.points, point) for point in (VIEW_START, (0.2, 0.6), (-2.0, -2.0)))
            ),
        ),
    )  # fmt: skip


def _rows(found: LocalViews) -> np.ndarray:
    """(points, 12): loss, gradient, Hessian without its twin, downhill and its loss, bottom and its loss."""
    hessian = found.hessian.reshape(-1, 4)[:, [0, 1, 3]]
    columns = found.loss[:, None], found.gradient, hessian, found.downhill, found.downhill_loss[:, None]
    return np.concatenate([*columns, found.bottom, found.bottom_loss[:, None]], axis=1)


def racing(dimensions: tuple[int, ...], why: Callable[[Race], str], report: Report) -> Experiment:
    part = len(dimensions)
    # The largest takes nearly all of the time.
    races = [raced(n, lambda share, said="", done=done: report((done + share) / part, said)) for done, n in enumerate(dimensions)]
    judged = races[0] if dimensions[0] == 2 else races[-1]
    winner = judged.winner()
    return Experiment(
        answer=KINDS.get(winner, "gradient"),
        outcome=f"{_told(judged)} {why(judged)}",
        tensors={
            f"{kind}.{one.dimension}.{key}": values
            for one in races
            for key, lap in one.laps.items()
            for kind, values in (("cost", lap.cost), ("to_go", one.to_go(lap)))
        },
        state={
            "dimensions": dimensions,
            "dimension": judged.dimension,
            "budget": BUDGET,
            "finish": FINISH,
            "racers": [{"key": key, "title": racer.optimizer.title, "look": LOOKS[key]} for key, racer in RACERS.items()],
        },
        table=Table(
            f"The cost, in loss evaluations, until {percent(FINISH, 1)} of the way is left. Rates are tuned for each race. Each has a "
            "valley of its own; κ, the condition number of chapter 2, says how stretched it is.",
            ("optimizer", *(f"{n:,} dimensions" for n in dimensions)),
            (
                *((RACERS[key].optimizer.title, *(_cost(one.home(key)) for one in races)) for key in RACERS),
                ("κ of the valley", *(f"{one.condition:,.0f}" for one in races)),
            ),
        ),
    )


def _told(judged: Race) -> str:
    """Who came home first."""
    first = judged.winner()
    title, cost = RACERS[first].optimizer.title, _cost(judged.home(first))
    return f"In {judged.dimension:,} dimensions **{title}** was first, for {cost}."


def why_small(judged: Race) -> str:
    """Why guessing may be cheaper than gradient descent where there are few directions."""
    laps = judged.laps
    return (
        f"The valley curves {judged.condition:,.0f} times more across than along. Gradient descent "
        f"must suit the steep sides and creeps: {judged.steps('gradient_descent')} steps of "
        f"{laps['gradient_descent'].step_cost:.0f}. A guess costs {laps['random_search'].step_cost:.0f}; with so few directions, "
        f"{judged.steps('random_search')} suffice."
    )


def why_large(judged: Race) -> str:
    """Why neither guesses nor probing nor curvature keep up where there are many directions."""
    laps, left = judged.laps, judged.to_go(judged.laps["random_search"])[-1]
    return (
        f"Its {judged.steps(judged.winner())} steps cost {laps[judged.winner()].step_cost:.0f} each. Newton took only "
        f"{judged.steps('newton')}, at {laps['newton'].step_cost:,.0f} each. Probing could pay for "
        f"{judged.steps('coordinate_probing')} steps. Random directions are almost at right angles to the slope: "
        f"{judged.steps('random_search')} guesses left {percent(left)} of the way."
    )


def _cost(cost: float) -> str:
    return f"{cost:,.0f}" if np.isfinite(cost) else f"not within {BUDGET:,}"


KINDS = {"newton": "newton", "random_search": "random", "coordinate_probing": "probing"}
LOOKS = {
    "random_search": "line five dot",
    "coordinate_probing": "line six dashdot",
    "gradient_descent": "line one",
    "momentum": "line two longdash",
    "adam": "line three dash",
    "newton": "line four longdashdot",
}
PICKS = (
    Choice("random", "Random search: guess"),
    Choice("probing", "Coordinate probing: feel each weight's slope"),
    Choice("gradient", "The gradient: descent, momentum or Adam"),
    Choice("newton", "Newton: slope and all curvature"),
)

TERMS = {racer.optimizer.title: racer.optimizer.lesson for racer in RACERS.values()} | {
    "Hessian": "the table of all second derivatives: how every slope changes with every parameter.",
    "Costs 3": "a gradient counts as three losses, everywhere in Thalweg; chapter 5 measures what it takes.",
}

CHAPTER = Chapter(
    "targeted_updates",
    "From random guesses to targeted updates",
    "What does a derivative buy, compared with guessing, when both may cost the same?",
    (
        Step(
            "polar",
            "Why minus the gradient",
            "The gradient is the arrow made of all slopes: it points straight uphill. A small step along it changes the loss "
            "most. A step at right angles to it: how much does that change the loss?",
            (Choice("same", "As much"), Choice("half", "About half as much"), Choice("none", "Hardly at all")),
            "Step in every direction: a longer lobe is a larger change. Then drag the ring; enlarge the step.",
            "polar",
            polar,
            "No direction lowers the loss faster than minus the gradient; across it, hardly anything changes.",
            r"\text{change} \approx \underbrace{g}_{\text{gradient}} \cdot \underbrace{d}_{\text{step}} = \|g\|\, \|d\| "
            r"\cos\underbrace{\varphi}_{\text{angle}}",
        ),
        Step(
            "local",
            "Slope, plane, bowl",
            "Slope and curvature (how the slope changes) of one point make a bowl that touches the landscape there. Jump to its "
            "middle: is that always lower than where you stood?",
            (Choice("always", "Always"), Choice("not", "Not always")),
            "Drag the ring; switch to plane and bowl. Is it lower where each leads?",
            "local",
            local,
            "The slope is right nearby and says which way; curvature says how far, where the ground is a bowl.",
            r"\text{loss}(w + d) \approx \underbrace{\text{loss}(w) + g \cdot d}_{\text{plane}} + \underbrace{\tfrac12\, d^\top H d}_{\text{bowl}}",
        ),
        Step(
            "race_small",
            "A race in two dimensions",
            "Six optimizers train a model of 2 parameters (is a digit even?). All may spend the same: a loss costs 1, a gradient 3, "
            "a Hessian (all curvatures) 3 per parameter. Who first has 0.1 % of the way left?",
            PICKS,
            "Start the race; then run it in 10 dimensions.",
            "race",
            partial(racing, (2, 10), why_small),
            "With few parameters even guessing works, and curvature is cheap.",
            r"\text{cost} = \text{losses} + 3 \times \text{gradients} + 3n \times \text{Hessians}",
            TERMS,
        ),
        Step(
            "race_large",
            "The same race in a thousand dimensions",
            "Now the model has 1,000 parameters. A Hessian costs 3,000, probing every weight 2,000, a gradient still 3. Who is "
            "home first?",
            PICKS,
            "Start the race; compare with 100 dimensions.",
            "race",
            partial(racing, (100, 1000), why_large),
            "One gradient tells about all parameters at once, at a price that does not grow with them.",
            r"\text{probing } 2n, \quad \text{gradient } 3, \quad \text{Hessian } 3n",
            TERMS,
        ),
    ),
    links=(
        Link("Random search, gradient descent and Newton on Rosenbrock's valley",
             "?optimizer=random_search&optimizer=gradient_descent&optimizer=newton"),
        Link("Newton is drawn to a saddle", "?landscape=saddle&optimizer=newton&optimizer=gradient_descent"),
    ),
    sources=(
        "J. Nocedal and S. J. Wright, Numerical optimization (Springer 2006): descent directions, Newton's method, finite "
        "differences.",
        "A. Rahimi and B. Recht, Random features for large-scale kernel machines, Advances in Neural Information Processing "
        "Systems 20 (2007).",
    ),
)  # fmt: skip

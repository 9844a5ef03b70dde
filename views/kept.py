"""Kept runs as the stage and the table show them: a name that tells each from all others, a colour and a dash of its own."""

from optimizers import SCHEDULES
from views import query, runs
from views.looks import DASHES, Look, looks
from views.runs import Run, Scene
from views.sentences import counted
from views.settings import Kept, Noise

SUFFIX = " (kept)"


def described(scene: Scene) -> list[dict]:
    """What the stage is told of every kept run; `key` names it in events and in the address."""
    worn = kept_looks(scene.settings)
    return [
        {"key": query.kept_text(kept), "title": title(scene, kept, run), **worn[index]._asdict(),
         "sentence": run.sentence, "diverged": run.record.diverged_at}
        for index, (kept, run) in enumerate(zip(scene.settings.kept, scene.kept))
    ]  # fmt: skip


def title(scene: Scene, kept: Kept, run: Run) -> str:
    """Optimizer and rate, then what else is not as the page has it now."""
    settings, leading = scene.settings, run.rails[0]
    parts = [run.title, f"{leading.knob.label} {leading.value:g}"]
    known = runs.knobs(kept.card.kind)
    parts += [f"{known[name].label} {value:g}" for name, value in kept.card.knobs if name != leading.knob.name]
    if kept.schedule != settings.schedule and kept.card.kind.takes_schedule:
        parts.append(SCHEDULES[kept.schedule].title.lower())
    if kept.noise != settings.drawn:
        parts.append(told(kept.noise))
    if kept.start != tuple(scene.start):
        parts.append("from ({:.4g}, {:.4g})".format(*kept.start))
    if kept.steps != settings.steps:
        parts.append(counted(kept.steps))
    return ", ".join(parts) + SUFFIX


def told(noise: Noise) -> str:
    parts = [f"noise {noise.size:g}" * bool(noise.size), f"batches of {noise.batch}" * bool(noise.batch)]
    return " and ".join(filter(None, parts)) + f" (seed {noise.seed})" if any(parts) else "no noise"


def kept_looks(settings) -> list[Look]:
    """The optimizer's colour, and a dash that no other run of that colour wears, as long as there are any."""
    cards = [card.key for card in settings.optimizers]
    own, worn = looks(dict.fromkeys([*cards, *(kept.card.key for kept in settings.kept)])), list(looks(cards).values())
    for kept in settings.kept:
        colour = own[kept.card.key].colour
        taken = [look.dash for look in worn if look.colour == colour]
        worn.append(Look(colour, min(DASHES, key=taken.count)))
    return worn[len(cards) :]

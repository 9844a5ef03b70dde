"""Files that were valid once: bytes flipped, ends cut, members swapped, numbers and texts in them changed."""

import io
import json
import re
import zipfile
from collections.abc import Callable

import numpy as np

Random = np.random.Generator

DEEP = "[" * 5000 + "]" * 5000
NUMBERS = ("-1", "0", "1", "7", "9" * 18, str(2**63), "9" * 5000, "1e308", "-1e308", "1e999", "NaN", "-Infinity", "1.5")
TEXTS = ('"1"', '""', '"\\ud800"', '"a\\nb"', f'"{"x" * 100_000}"', '"float64"', '"<f8"')
JSONS = (*NUMBERS, *TEXTS, "null", "true", "[]", "{}", "[[]]", '[["a", 1]]', '{"leaf": 0}', DEEP, f"[{'0,' * 10_000}0]")
FIELDS = (*NUMBERS, "", "x", '"', "1_0", "0x10", "1 2", "\r", "\0", "é", "x" * 2000, "1,1")


def flipped(content: bytes, random: Random) -> bytes:
    changed = bytearray(content)
    for at in random.integers(len(changed), size=random.integers(1, 6)):
        changed[at] = random.integers(256)
    return bytes(changed)


def cut(content: bytes, random: Random) -> bytes:
    return content[: random.integers(1, len(content))]


def with_field(content: bytes, random: Random) -> bytes:
    """A table of which a field is another text."""
    fields = re.split(rb"([,\n])", content)
    fields[random.integers(len(fields))] = str(random.choice(FIELDS)).encode()
    return b"".join(fields)


def with_number(content: bytes, random: Random) -> bytes:
    """A number in the text of a header is another one."""
    places = list(re.finditer(rb"\d+", content[:4096]))
    if not places:
        return flipped(content, random)
    begin, end = places[random.integers(len(places))].span()
    return content[:begin] + str(random.choice(NUMBERS)).encode() + content[end:]


def with_value(content: bytes, random: Random) -> bytes:
    """JSON of which a value is another one."""
    marked, place = json.loads(content), "\0place"
    parts = [(marked, key) for key in marked]
    for part, key in parts:  # which grows meanwhile
        inside = part[key]
        if isinstance(inside, dict | list):
            parts += [(inside, each) for each in (inside if isinstance(inside, dict) else range(len(inside)))]
    part, key = parts[random.integers(len(parts))]
    part[key] = place
    return json.dumps(marked).replace(json.dumps(place), str(random.choice(JSONS))).encode()


def with_array(content: bytes, random: Random) -> bytes:
    """The numbers after a header have another type, shape or value; the header says so."""
    array = np.load(io.BytesIO(content), allow_pickle=False)
    if array.dtype.kind != "U":
        with np.errstate(all="ignore"):
            array = array.astype(random.choice(["f2", "f4", ">f8", "f16", "i1", "u8", "c16", "?", "U5", "S3", "M8[s]"]))
    if array.size and array.dtype.kind == "f":
        array.flat[random.integers(array.size)] = random.choice([np.nan, np.inf, -np.inf, 0, -1, 6e4])
    shapes = ((0,), (0, 2), (1,), (2, 0, 3), array.shape[::-1], (1,) * 33)
    file = io.BytesIO()
    np.save(file, array if random.integers(2) else np.resize(array, shapes[random.integers(len(shapes))]))
    return file.getvalue()


def with_member(content: bytes, random: Random) -> bytes:
    """A zip file of which a member is changed, gone, under another name, or changes places with another one."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [[name, archive.read(name)] for name in archive.namelist()]
    one, other = (members[at] for at in random.integers(len(members), size=2))
    match random.integers(8):
        case 0:
            one[1], other[1] = other[1], one[1]
        case 1:
            members.remove(one)
        case 2:
            one[0] = str(random.choice(["x" * 60_000, "a\nb_path.npy", "\u202e_losses.npy", "../../x", "/", "a//b"]))
        case 3:
            one[1] = b""
        case _:
            changes = (with_value,) if one[0].endswith(".json") else (with_number, with_array) if one[0].endswith(".npy") else (flipped, cut)
            one[1] = changes[random.integers(len(changes))](one[1], random)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, member in dict(members).items():
            archive.writestr(name, member)
    return out.getvalue()


def mutations(content: bytes, count: int, *changes: Callable[[bytes, Random], bytes]):
    """So many changed copies, each kind of change in turn; always the same ones."""
    random = np.random.default_rng(0)
    for number in range(count):
        yield changes[number % len(changes)](content, random)

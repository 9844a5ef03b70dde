"""The chapters, in order. One line each."""

from views.learn import deepest_valley, landscape_shape
from views.learn.lesson import Chapter

CHAPTERS: dict[str, Chapter] = {
    chapter.key: chapter
    for chapter in (
        deepest_valley.CHAPTER,
        landscape_shape.CHAPTER,
    )
}

"""The chapters, in order. One line each."""

from views.learn import deepest_valley
from views.learn.lesson import Chapter

CHAPTERS: dict[str, Chapter] = {
    chapter.key: chapter
    for chapter in (
        deepest_valley.CHAPTER,
    )
}

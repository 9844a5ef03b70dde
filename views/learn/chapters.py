"""The chapters, in order. One line each."""

from views.learn import curse, deepest_valley, landscape_shape, random_change, sensitivity, targeted_updates
from views.learn.lesson import Chapter

CHAPTERS: dict[str, Chapter] = {
    chapter.key: chapter
    for chapter in (
        deepest_valley.CHAPTER,
        landscape_shape.CHAPTER,
        random_change.CHAPTER,
        targeted_updates.CHAPTER,
        curse.CHAPTER,
        sensitivity.CHAPTER,
    )
}

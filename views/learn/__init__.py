"""Learn: six chapters that show, by doing, why derivatives and not guesses train networks.

To write a chapter: a file `views/learn/<key>.py` with a `CHAPTER` (see `lesson.py` for its parts), and its line in
`chapters.py`. Each step needs

- an experiment in Python: a function that computes everything the step will show, ahead, and returns an `Experiment`
  (tensors for the picture, the answer, what came out in words, a table of the same numbers). It runs once a server,
  in the background (`work.py`), is shared by all visitors, and calls `report(share, said)` between its parts if it takes
  longer than 300 ms: `said` is a first result, which is shown until the picture is there, and within a second of computing.
  There it also pauses while another one is asked for. The mathematics belongs in `landscapes/` and `optimizers/`.
- a picture in the browser: `assets/learn/<name>.js` exporting `create(element, {tensors, state, ran, host})`, which
  draws from those arrays with `plot.js`, `rail.js` and `point.js`, without asking the server while something is
  dragged. Until the learner begins, it shows nothing of the answer: marks of class "result" wait for `host.begin()`, a rail
  draws only the stops it has been at (`visited.js`). `host.ran()` says that the experiment is run: then the page tells
  what came out, whether the prediction was right, and the formula.

Question, task, what came out and takeaway of a step have under 120 words together; every number in them comes from
the experiment or is asserted by a test.
"""

"""Learn's own few rules of style: large type, which grows with the window up to a projector's, one column of reading width."""

PAGE = """<style>
html {font-size: clamp(16px, min(1.146vw, 2.037vh), 28px)}
.stMainBlockContainer {padding: 3.6rem 2rem 3rem; max-width: 82rem}
.st-key-learn p, .st-key-learn li {font-size: 1.2rem; line-height: 1.45}
.st-key-learn [data-testid="stMarkdownContainer"] {max-width: 62rem}
.st-key-learn_top {display: none}
.st-key-learn [data-testid="stMarkdownContainer"] h1 {font-size: 1.9rem; padding: 0.2rem 0 0.4rem}
.st-key-learn h2 {font-size: 1.45rem; padding: 0 0 0.3rem}
.st-key-experiment [data-testid="stColumn"] {container-type: inline-size}
.st-key-learn .katex-display {overflow: visible; margin: 0.2rem 0; padding-bottom: 0.9rem}
.st-key-learn .katex {font-size: min(1.21em, 4.8cqw)}
.st-key-learn [data-testid="stElementContainer"] > [data-testid="stButton"] button {min-height: 2.9rem; text-align: left}
.st-key-learn .st-key-change button {min-height: 2.2rem}
.st-key-learn [data-testid="stCaptionContainer"] p {font-size: 1rem}
.st-key-learn [data-testid="stButton"] button p {white-space: normal; overflow: visible}
.learn-where {display: flex; flex-wrap: wrap; gap: 0.3rem 1rem; align-items: center; font-size: 1.05rem}
.learn-where ol {display: flex; gap: 0.4rem; list-style: none; margin: 0; padding: 0}
.learn-where li {width: 1.6rem; height: 0.45rem; margin: 0; border-radius: 0.25rem; border: 1px solid currentcolor; opacity: 0.55}
.learn-where li.done {background: currentcolor}
.learn-where li.here {opacity: 1; outline: 2px solid currentcolor; outline-offset: 2px}
.st-key-learn [data-testid="stVerticalBlock"] {gap: 0.7rem}
.learn-title {font-size: 2rem; padding: 0; margin: 0}
.learn-lead {font-size: 1.25rem; margin: 0.4rem 0 0.6rem; max-width: 48rem}
/* A touch screen has no keyboard to hint at. */
@media (hover: none) and (pointer: coarse) {.st-key-learn kbd {display: none}}
@media (max-width: 40rem) {
  .learn-where .again {display: none}
  .stMainBlockContainer {padding: 3.2rem 0.9rem 2rem}
  .st-key-experiment [data-testid="stHorizontalBlock"] {gap: 1rem}
  .st-key-learn p, .st-key-learn li {font-size: 1.1rem}
  .st-key-learn [data-testid="stMarkdownContainer"] h1 {font-size: 1.5rem}
  .st-key-learn h2 {font-size: 1.3rem}
}
</style>"""

TITLE = (
    '<h1 class="learn-title">Why calculus drives machine learning</h1>'
    '<p class="learn-lead">Six short chapters. In each: a question, your prediction, an experiment on real data that '
    "runs when you press or drag, and what came out.</p>"
)

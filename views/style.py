"""The page's own few rules of style, beside Streamlit's theme."""

PAGE = """<style>
.stMainBlockContainer {padding: 3.2rem 2rem 3rem; max-width: 100rem}
.st-key-ahead, .st-key-looks {display: none}
/* The stage's place is kept while it loads. */
.st-key-stage {min-height: 38rem}
body.thalweg-covered .thalweg-table {visibility: hidden}
.thalweg-title {font-size: 1.5rem; padding: 0; margin: 0}
.thalweg-title small {font-size: 1rem; font-weight: 400; opacity: 0.8; margin-left: 0.6rem}
.katex-display {overflow: auto hidden}
/* On a narrow screen the pages are behind a mark that says nothing by itself. */
[data-testid="stExpandSidebarButton"] {width: auto}
[data-testid="stExpandSidebarButton"]::after {content: "Pages"; padding: 0 0.4rem 0 0.2rem}
@media (max-width: 40rem) {
  .stMainBlockContainer {padding: 3rem 0.75rem 2rem}
  .thalweg-title small {display: block; margin: 0}
}
</style>"""

TITLE = '<h1 class="thalweg-title">Thalweg <small>Watch optimizers go down a loss landscape.</small></h1>'

TABLE = """<style>
.thalweg-table {overflow-x: auto}
.thalweg-table table {border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 0.9rem}
.thalweg-table caption {text-align: left; padding: 0.25rem 0; opacity: 0.8}
.thalweg-table th, .thalweg-table td {
  text-align: right; padding: 0.35rem 0.7rem; border-bottom: 1px solid rgb(128 128 128 / 25%); white-space: nowrap}
.thalweg-table th {font-weight: 600}
.thalweg-table th:first-child, .thalweg-table .rate {text-align: left}
.thalweg-table i {display: inline-block; width: 0.7em; height: 0.7em; border-radius: 50%; margin-right: 0.5em}
.thalweg-table small {opacity: 0.8}
</style>"""

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
/* On a phone a row is a heading with a line for each number, as in the panels. */
@media (max-width: 40rem) {
  .thalweg-table thead {position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)}
  .thalweg-table table, .thalweg-table :is(caption, tbody, tr, th) {display: block; width: 100%}
  .thalweg-table tr {padding: 0.4rem 0; border-bottom: 1px solid rgb(128 128 128 / 25%)}
  .thalweg-table :is(th, td) {padding: 0.1rem 0; border: 0; white-space: normal}
  .thalweg-table td, .thalweg-table td.rate {display: flow-root; text-align: right}
  .thalweg-table td::before {content: attr(data-head); float: left; margin-right: 1rem; opacity: 0.8}
}
</style>"""

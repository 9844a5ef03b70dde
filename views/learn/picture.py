"""The Python side of an experiment's picture: which module draws which arrays."""

from collections.abc import Callable

import streamlit as st

from views.assets import asset_url, data_url
from views.wire import Blob

# A newer call may start while an older import is pending: the number of the latest call decides which one mounts.
LOADER = """
const latest = new WeakMap();
export default function (component) {
  const root = component.parentElement;
  const call = (latest.get(root) ?? 0) + 1;
  latest.set(root, call);
  let mounted;
  import(new URL(%r, location.origin).href).then(
    (host) => { if (latest.get(root) === call) mounted = host.mount(component); },
    () => { root.textContent = "The experiment could not be loaded. Reload the page."; },
  );
  return async () => {
    if (latest.get(root) !== call) return;
    latest.set(root, call + 1);
    (await mounted)?.destroy();
  };
}
"""

TOP_LOADER = """
export default function ({ data }) {
  import(new URL(%r, location.origin).href).then(({ arrive }) => arrive(data.place), () => {});
}
"""

_component = st.components.v2.component("thalweg_experiment", js=LOADER % asset_url("learn/host.js"), isolate_styles=False)
_top = st.components.v2.component("thalweg_top", js=TOP_LOADER % asset_url("learn/top.js"), isolate_styles=False)


def mount_top(place: str) -> None:
    """Bring the page's beginning into view whenever `place` is another one; it draws nothing."""
    _top(key="learn_top", data={"place": place})


def mount(key: str, module: str, blob: Blob, *, ran: bool, on_ran: Callable[[], None]) -> None:
    """Draw `blob` with assets/learn/<module>.js; `on_ran` is called when the learner has run the experiment."""
    data = {"module": module, "blob": blob.address(), "data": data_url(), "ran": ran}
    _component(key=f"experiment.{key}", data=data, on_ran_change=on_ran, on_missing_change=lambda: None)

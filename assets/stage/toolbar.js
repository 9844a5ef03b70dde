import { h, unique } from "./dom.js";

const VIEWS = [["3d", "3D"], ["contour", "Contour"], ["both", "Both"], ["side", "Side by side"]];

/** View, zoom, history, copy link, download and the game. @param {Object<string, Function>} on */
export function createToolbar({ onView, onZoom, onDownload, onGame, onHistory }) {
  const name = unique("stage-view");
  const radios = Object.fromEntries(VIEWS.map(([value, label]) => [value, h("input", { type: "radio", name, value, "aria-label": label, change: () => onView(value) })]));
  const group = h("div.choice", { role: "radiogroup", "aria-label": "View" },
    ...VIEWS.map(([value, label]) => h("label", {}, radios[value], h("span", {}, label))));
  const solid = h("input", { type: "checkbox", change: () => onView(solid.checked ? "side3d" : "side") });
  const panels = h("label.check", {}, solid, "3D panels (up to four)");
  const link = h("button.page", { type: "button", click: () => copyLink(link) }, "Copy link");
  const picture = h("option", { value: "png" });
  const flat = h("option", { value: "png2d" }, "PNG (contour), print size");
  const save = h("select", { "aria-label": "Download picture", change: () => { if (save.value) onDownload(save.value); save.value = ""; } },
    h("option", { value: "" }, "Download picture"), picture, flat, h("option", { value: "svg" }, "SVG (contour)"), h("option", { value: "gif" }, "Animated GIF (contour)"));
  const game = h("button", { type: "button", click: onGame }, "Predict, then see");
  const undo = h("button.icon", { type: "button", "aria-label": "Undo", title: "Undo (Ctrl+Z)", "aria-keyshortcuts": "Control+Z", click: () => onHistory("undo") }, "↶");
  const redo = h("button.icon", { type: "button", "aria-label": "Redo", title: "Redo (Ctrl+Shift+Z)", "aria-keyshortcuts": "Control+Shift+Z", click: () => onHistory("redo") }, "↷");
  const past = h("span.group", { hidden: true }, undo, redo);
  const element = h("div.toolbar", { role: "toolbar", "aria-label": "Stage" }, group, panels,
    h("span.group", {},
      h("button.icon", { type: "button", "aria-label": "Zoom in", title: "Zoom in", click: () => onZoom(1 / 1.4) }, "+"),
      h("button.icon", { type: "button", "aria-label": "Zoom out", title: "Zoom out", click: () => onZoom(1.4) }, "−"),
      h("button", { type: "button", click: () => onZoom(null) }, "Reset view")),
    past, h("span.group", {}, link, save, game));

  function update({ look: { view }, landscape, saved, optimizers }) {
    link.hidden = Boolean(saved); // the address of a file says nothing about what is shown
    game.hidden = Boolean(landscape.fixed) || !optimizers.length; // its questions are about starts and rates that can be looked up at once
    const side = view.startsWith("side");
    picture.textContent = `PNG (${["contour", "side"].includes(view) ? "contour" : "3D"}), print size`;
    flat.hidden = view !== "both";
    radios[side ? "side" : view].checked = true;
    solid.checked = view === "side3d";
    panels.hidden = !side;
  }

  /** Whether there is something to undo and to redo; until the host has said so there are no such buttons. @param {[boolean, boolean]} can */
  function history([back, forth]) {
    past.hidden = false;
    undo.setAttribute("aria-disabled", String(!back)); // not disabled: the focus would be lost
    redo.setAttribute("aria-disabled", String(!forth));
  }

  return { element, update, history };
}

async function copyLink(button) {
  const done = await copyText(location.href);
  button.textContent = done ? "Link copied" : "Copy it from the address bar";
  setTimeout(() => { button.textContent = "Copy link"; }, 2000);
}

/** The clipboard needs a secure page; elsewhere a hidden field and the old command do. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = h("textarea", { readonly: true, "aria-hidden": "true" });
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

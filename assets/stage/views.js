import { unflatten } from "./camera.js";
import { createFlat } from "./flat.js";
import { createSpace } from "./space.js";

const MOST_SCENES = 4; // browsers allow 8-16 WebGL contexts a page, and every Plotly scene takes one

/**
 * 3D, Contour, Both, Side by side (contours or scenes): which figures exist and which are on the page. The first figure in the document is
 * the current view's; the others stay in memory with their cameras.
 * @param {{onStart: Function, onLook: Function, say: (text: string) => void}} options
 */
export function createViews(Plotly, { onStart, onLook, say }) {
  const element = document.createElement("div");
  element.className = "views";
  const made = {};
  const sketches = new Map(); // by the panel that drew them
  const stale = new Set(["space", "flat", "each", "eachSpace"]);
  let current = [];
  let names = [];
  let scene = null;
  let runs = [];
  let theme = null;
  let note = "";
  let solid = hasWebGL();

  const makers = {
    space: () => createSpace(Plotly, { each: false, onStart, onLook, onLost: lost }),
    flat: () => createFlat(Plotly, { each: false, onStart, onLook }),
    each: () => createFlat(Plotly, { each: true, onStart, onLook }),
    eachSpace: () => createSpace(Plotly, { each: true, onStart, onLook, onLost: lost }),
  };

  function wanted(look) {
    note = "";
    const plan = { "3d": ["space"], contour: ["flat"], both: ["space", "flat"], side: ["each"], side3d: ["eachSpace"] }[look.view] ?? ["flat"];
    if (plan.includes("eachSpace") && runs.length > MOST_SCENES) {
      note = `Side by side shows 3D for up to ${MOST_SCENES} optimizers; these are contours.`;
      return ["each"];
    }
    if (solid || !plan.some((name) => name.toLowerCase().includes("space"))) return plan;
    note = "This browser offers no WebGL, so the landscape is shown as contours.";
    return look.view === "side3d" ? ["each"] : ["flat"];
  }

  /**
   * @param {{camera?: boolean, zoom?: boolean}} [same] what stays as it is at this moment, whatever the look says
   * @param {(figure: object) => void} [onDrawn] told of each figure as soon as Plotly has drawn it
   */
  async function setScene(nextScene, nextRuns, nextTheme, look, same = {}, onDrawn) {
    [scene, runs, theme] = [nextScene, nextRuns, nextTheme];
    Object.keys(makers).forEach((name) => stale.add(name));
    await show(look.view, look, same, onDrawn);
  }

  /** Puts the view's figures on the page and draws those that are out of date. */
  async function show(view, look, same = {}, onDrawn) {
    if (!scene) return;
    names = wanted({ ...look, view });
    names.forEach((name) => { made[name] ??= sketched(makers[name]()); });
    const next = names.map((name) => made[name]);
    const moved = next.length !== current.length || next.some((figure, i) => figure !== current[i]);
    current = next;
    element.classList.toggle("two", next.length === 2);
    if (moved) element.replaceChildren(...next.map((figure) => figure.element));
    // The contour comes first: it is ready sooner, and is seen while 3D is made.
    for (const name of [...names].reverse()) {
      const figure = made[name];
      if (!current.includes(figure)) continue; // another view was chosen meanwhile
      // A first 3D picture holds the browser up for seconds: the paths, which are on their way, come before it.
      if (scene.waiting && next.length > 1 && name === "space" && !figure.ready) continue;
      const [place, kept] = name.endsWith("pace") ? [unflatten(look.camera), same.camera] : [look.zoom, same.zoom];
      if (stale.delete(name)) {
        await figure.setScene(scene, runs, theme, place, kept && !moved);
        onDrawn?.(figure);
        if (next.length > 1) await nextFrame();
      } else if (moved) await figure.resize();
    }
  }

  function lost() {
    solid = false;
    // Not purged: Plotly polls a lost context for ever and would trip over a figure that is gone.
    for (const name of ["space", "eachSpace"]) {
      delete made[name];
      stale.add(name);
    }
    say("The browser lost its 3D context; contours are shown. Choose 3D again to retry.");
    onLook({ view: "contour" });
    setTimeout(() => { solid = hasWebGL(); }, 1000);
  }

  function sketched(figure) {
    sketches.forEach((sketch) => figure.point(sketch));
    return figure;
  }

  const drawn = () => current.filter((figure) => figure.ready);

  function setRuns(next) {
    runs.splice(0, runs.length, ...next); // the figures hold this very list
  }

  return {
    element,
    setScene,
    setRuns,
    show,
    draw: (step, start, moved) => current.forEach((figure) => figure.draw(step, start, moved)),
    /** What a panel draws into the pictures, kept while other views are shown. */
    point(sketch) {
      sketches.set(sketch.source, sketch);
      Object.values(made).forEach((figure) => figure.point(sketch));
    },
    /** What panels drew goes with them. */
    clear() {
      for (const source of [...sketches.keys()]) this.point({ source, card: "", list: [] });
    },
    settle: (redraw) => Promise.all(drawn().map((figure) => figure.settle(redraw))),
    /** @param {number | null} factor null shows everything again, and the link forgets zoom and camera */
    async zoom(factor) {
      await Promise.all(drawn().map((figure) => figure.zoom(factor)));
      if (factor === null) onLook({ zoom: null, camera: null });
    },
    resize: () => Promise.all(current.map((figure) => figure.resize())),
    get figures() { return current; },
    get note() { return note; },
    /** Vectors need the contour: 3D is a raster in any format. @param {"png" | "png2d" | "svg"} kind png of the first figure, png2d of the contour */
    async download(kind, name, caption) {
      const figure = current.find((each) => each.element.classList.contains(kind === "png" ? "view" : "flat"));
      if (!figure) return say("SVG draws contours: choose Contour, Both or Side by side first.");
      await Plotly.downloadImage(figure.picture(caption), { format: kind.slice(0, 3), scale: kind === "svg" ? 1 : 3, filename: name });
    },
    /** The contour on the page, for a film; null where there is none. */
    film(caption) {
      const figure = current.find((each) => each.film);
      if (!figure) say("A GIF draws contours: choose Contour, Both or Side by side first.");
      return figure?.film(caption) ?? null;
    },
    destroy: () => Object.values(made).forEach((figure) => figure.destroy()),
  };
}

/** After the next picture has reached the screen; a page that is not seen does not wait for it. */
function nextFrame() {
  return new Promise((resolve) => {
    const waited = setTimeout(resolve, 50);
    requestAnimationFrame(() => setTimeout(() => { clearTimeout(waited); resolve(); }));
  });
}

/** Whether this browser can draw in 3D at all. */
function hasWebGL() {
  const context = document.createElement("canvas").getContext("webgl");
  context?.getExtension("WEBGL_lose_context")?.loseContext(); // give the probe's context back
  return context !== null;
}

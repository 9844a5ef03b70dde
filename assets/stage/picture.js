import { placeAt } from "./path.js";

const [MARGIN, LETTER, LINE, HEAD, FOOT] = [10, 6.2, 17, 18, 70]; // pixels of a file's words: at its sides, of a letter, of a line, above, of the legend
const NAMED = 56; // letters of a legend's line
const PRINTED = 720; // pixels of a file's width, whatever the screen's: 18 cm at 300 dots an inch, drawn three times as fine
const AROUND = 360; // pixels of the window that header, gallery, toolbar and timeline take

/** How tall the picture may be: with its timeline it fits into the window below the gallery. */
export function pictureHeight(width) {
  return Math.round(Math.max(300, Math.min(600, width * 0.8, innerHeight - AROUND)));
}

/**
 * A figure for paper or slides: the page's figure with every line drawn by Plotly, a legend and a caption.
 * @param {HTMLElement} graph a drawn Plotly figure
 * @param {{theme: import("./theme.js").Theme, caption: string, marks?: object[], lines?: object[]}} options `marks`: traces to
 *   add; `lines`: runs that the legend shows as 2-D lines, because Plotly's legend of a 3-D line has no dashes
 */
export function forPrint(graph, { theme, caption, marks = [], lines: drawn = [] }) {
  const { margin } = graph.layout;
  const [width, height] = [PRINTED, Math.round((graph.layout.height * PRINTED) / graph.layout.width)];
  const lines = caption.split("<br>").flatMap((line) => wrapped(line, Math.floor((width - 2 * MARGIN) / LETTER)));
  const named = new Set(["loss", "known minima", "found minima", "stems"]); // each name once; these need none
  let foot = FOOT;
  const plain = drawn.map(({ title, colour, dash }) => ({ type: "scatter", mode: "lines", name: title, x: [null], y: [null], line: { color: colour, dash, width: 2.5 } }));
  const data = [...plain, ...graph.data, ...marks].flatMap((trace) => {
    const silent = named.has(trace.name) || trace.name.endsWith("to the current step");
    named.add(trace.name);
    if (silent) return [{ ...trace, showlegend: false }];
    if (trace.name === "current step") return [{ ...trace, showlegend: false }, neutral(trace, theme)];
    const name = wrapped(trace.name, NAMED);
    foot += LINE * (name.length - 1);
    return [{ ...trace, name: name.join("<br>"), showlegend: true }];
  });
  const layout = {
    ...graph.layout, ...(plain.length && { xaxis: { visible: false }, yaxis: { visible: false }, plot_bgcolor: "rgba(0,0,0,0)" }), width, height: height + HEAD + LINE * lines.length + foot, paper_bgcolor: theme.background,
    margin: { ...margin, t: margin.t + HEAD + LINE * lines.length, b: margin.b + foot },
    title: { text: lines.join("<br>"), font: { size: 12, color: theme.text }, x: 0.02, xanchor: "left", y: 1, yref: "container", yanchor: "top", pad: { t: 14 } },
    showlegend: true, legend: { orientation: "h", xref: "container", x: 0.02, yref: "container", y: 0.01, yanchor: "bottom", font: { color: theme.text } },
  };
  return { data, layout };
}

/** The words of a line in lines of at most so many letters; a longer word, a formula say, is cut. */
function wrapped(line, most) {
  const lines = [""];
  for (const word of line.match(new RegExp(`[^ ]{1,${most}}`, "gu")) ?? []) {
    if (lines.at(-1) && lines.at(-1).length + word.length >= most) lines.push(word);
    else lines.push(`${lines.pop()} ${word}`.trim());
  }
  return lines;
}

/** Start and current steps as traces of a 2-D figure. */
export function marksOf(runs, step, start, axes, theme) {
  const heads = runs.map(({ path }) => placeAt(path, step));
  const common = { type: "scatter", mode: "markers", ...axes };
  return [
    { ...common, name: "current step", x: runs.map(({ path }, i) => path.xy[2 * heads[i]]), y: runs.map(({ path }, i) => path.xy[2 * heads[i] + 1]),
      marker: { size: 11, color: runs.map((run) => (run.kept ? theme.background : run.colour)), line: { color: runs.map((run) => (run.kept ? run.colour : theme.background)), width: 1.5 } } },
    { ...common, name: "start", x: [start[0]], y: [start[1]], marker: { size: 11, symbol: "circle-open", color: theme.text, line: { width: 2.5 } } },
  ];
}

/** A mark that stands for every optimizer must not wear the colour of the first: this one is only in the legend. */
function neutral(trace, theme) {
  const nowhere = { x: [null], y: [null], ...(trace.z && { z: [null] }) };
  return { ...trace, ...nowhere, showlegend: true, marker: { ...trace.marker, color: theme.text, size: 8 } };
}

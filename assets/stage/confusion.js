import { h } from "./dom.js";

/** How many samples of each class got which answer: a table, so that everyone can read it. */
export function createConfusion() {
  const table = h("table.confusion");
  const element = h("div.probe", {}, table);
  let cells = [];
  let caption = null;
  let made = "";

  /** @param {object} probe see network.js @param {number} m snapshot @param {{title: string, index: number}} run */
  function draw(probe, m, run) {
    const { info, tensors } = probe;
    const tensor = tensors[`confusion.${run.index}`];
    element.hidden = !tensor;
    if (!tensor) return;
    const count = info.classes.length;
    if (made !== info.classes.join()) make(info.classes);
    const counts = tensor.data.subarray(m * count * count, (m + 1) * count * count);
    const most = Math.max(1, ...counts);
    let right = 0;
    let all = 0;
    cells.forEach((cell, k) => {
      const [truth, answer] = [Math.floor(k / count), k % count];
      all += counts[k];
      if (truth === answer) right += counts[k];
      write(cell, counts[k], counts[k] / most);
    });
    caption.textContent = `${run.title} at step ${probe.steps[m]}: ${right} of ${all} samples of the test data right. Rows: the truth; columns: the answer.`;
  }

  function make(classes) {
    made = classes.join();
    caption = h("caption");
    const head = h("tr", {}, h("td"), ...classes.map((name) => h("th", { scope: "col" }, name)));
    const rows = classes.map((name, truth) => h("tr", {}, h("th", { scope: "row" }, name), ...classes.map((_, answer) => h(truth === answer ? "td.right" : "td.wrong"))));
    table.replaceChildren(caption, h("thead", {}, head), h("tbody", {}, ...rows));
    cells = [...table.querySelectorAll("tbody td")];
  }

  return { element, draw };
}

function write(cell, count, share) {
  const text = count ? String(count) : "";
  if (cell.textContent !== text) cell.textContent = text;
  cell.style.setProperty("--share", `${Math.round(60 * Math.sqrt(share))}%`); // the root shows a few mistakes too
}

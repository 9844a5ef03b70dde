/** The strip of landscapes: one button each, by family. Reports the key that was pressed. */

const drawn = new WeakMap();
const styled = addStyle();

/**
 * @param {{parentElement: HTMLElement, data: {current: string, families: Array}, setTriggerValue: Function}} component
 */
export async function mount({ parentElement, data, setTriggerValue }) {
  await styled; // before it the buttons lie elsewhere, and the chosen one could not be scrolled to
  let strip = drawn.get(parentElement);
  if (!strip) {
    strip = draw(data.families);
    drawn.set(parentElement, strip);
    parentElement.append(strip);
    strip.addEventListener("transitionend", () => followTheme(strip));
    followTheme(strip);
  }
  strip.onclick = (event) => {
    const button = event.target.closest("button");
    if (!button || button.ariaPressed === "true") return;
    mark(strip, button.value);
    // The stage answers at once; before it is there the page does.
    const chosen = new CustomEvent("thalweg:event", { detail: { type: "landscape", key: button.value }, cancelable: true });
    if (document.dispatchEvent(chosen)) setTriggerValue("landscape", button.value);
  };
  strip.onkeydown = (event) => step(strip, event);
  mark(strip, data.current);
}

/** Light text stands on a dark page. */
function followTheme(strip) {
  const [red, green, blue] = getComputedStyle(strip).color.match(/[\d.]+/g).map(Number);
  strip.classList.toggle("dark", red + green + blue > 3 * 128);
}

function addStyle() {
  const href = new URL("gallery.css", import.meta.url).href;
  const link = element("link", { rel: "stylesheet", href });
  const loaded = new Promise((resolve) => (link.onload = link.onerror = resolve));
  document.head.append(link);
  return loaded;
}

function draw(families) {
  const strip = element("nav", { className: "thalweg-gallery", ariaLabel: "Landscapes" });
  strip.append(...families.map(drawFamily));
  return strip;
}

function drawFamily({ title, members, folder }) {
  const group = element("div", { className: "family", role: "group", ariaLabel: title });
  const row = element("div", { className: "members" });
  const picture = (key) => folder && new URL(`../${folder}/${key}.png`, import.meta.url).href;
  row.append(...members.map(([key, name]) => drawMember(key, name, picture(key))));
  group.append(element("span", { className: "name", textContent: title, ariaHidden: "true" }), row);
  return group;
}

function drawMember(key, title, picture) {
  const button = element("button", { type: "button", value: key, ariaPressed: "false" });
  // The name below says what the picture shows, so the picture itself stays silent.
  if (picture) button.append(element("img", { src: picture, alt: "", loading: "lazy", decoding: "async" }));
  button.append(element("span", { textContent: title }));
  return button;
}

function mark(strip, current) {
  for (const button of strip.querySelectorAll("button")) {
    const chosen = button.value === current;
    if (chosen && button.ariaPressed !== "true") reveal(strip, button);
    button.ariaPressed = String(chosen);
    button.tabIndex = chosen ? 0 : -1; // one stop for Tab; the arrows walk on
  }
}

/** Scrolls the strip alone: scrollIntoView would move the page as well. */
function reveal(strip, button) {
  const box = strip.getBoundingClientRect();
  const place = button.getBoundingClientRect();
  if (place.left < box.left || place.right > box.right) {
    strip.scrollLeft += place.left + place.width / 2 - (box.left + box.width / 2);
  }
}

/** Left and right arrows, Home and End walk along the strip. */
function step(strip, event) {
  const buttons = [...strip.querySelectorAll("button")];
  const here = buttons.indexOf(document.activeElement);
  const last = buttons.length - 1;
  const next = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: last }[event.key];
  if (here < 0 || next === undefined) return;
  event.preventDefault();
  buttons[Math.min(Math.max(next, 0), last)].focus();
}

function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}

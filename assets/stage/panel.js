/**
 * How a panel under the stage comes onto the page: one for each place, told of every rerun.
 * @param {(parent: HTMLElement) => {update: (data: object) => void}} create
 * @param {URL} css its style sheet
 * @returns {(component: {parentElement: HTMLElement, data: object}) => object} `mount`, as the page's loader calls it
 */
export function panel(create, css) {
  const holders = new WeakMap();
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = css;
  document.head.append(style);
  return ({ parentElement, data }) => {
    if (!holders.has(parentElement)) holders.set(parentElement, create(parentElement));
    const holder = holders.get(parentElement);
    holder.update(data);
    return holder;
  };
}

/** Hears an event of the document for as long as a panel is on the page; one that was left behind must not answer. */
export function listen(element, name, act) {
  const heard = (event) => (element.isConnected ? act(event) : document.removeEventListener(name, heard));
  document.addEventListener(name, heard);
}

/** Words for newcomers, folded under a page: the same for everybody, so the browser fetches them once. */

const style = document.createElement("link");
style.rel = "stylesheet";
style.href = new URL("words.css", import.meta.url).href;
document.head.append(style);

/** @param {{parentElement: HTMLElement, data: {address: string}}} component, with the address of our own HTML */
export async function mount({ parentElement, data }) {
  if (parentElement.dataset.words === data.address) return;
  parentElement.dataset.words = data.address;
  const answer = await fetch(data.address);
  const words = document.createElement("div");
  words.className = "thalweg-words";
  words.innerHTML = await answer.text();
  if (parentElement.dataset.words === data.address) parentElement.replaceChildren(words);
}

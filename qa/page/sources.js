// Runs once for the sources panel (gr.HTML js_on_load): element and watch are given by Gradio.
const box = () => document.getElementById("by-sources");
const marks = () => [...element.querySelectorAll("mark, .by-passage")];
const names = (mark, key) => mark.dataset.keys.split(" ").includes(key);
let cameFrom = null;
let at = null; // the mark that is shown

// Height of what stays at the panel's top while its text scrolls: a mark must not hide behind it.
const headings = (card) =>
  element.querySelector(".by-panel-head").offsetHeight + card.querySelector("summary").offsetHeight + 12;

// Show one mark in the middle of the panel. Only a reader who asked for it is moved there.
function show(mark, asked) {
  const card = mark.closest("details");
  for (const one of element.querySelectorAll("details")) one.open = one === card;
  for (const one of marks()) one.classList.toggle("by-chosen", one === mark && asked);
  at = mark;
  const all = marks();
  element.querySelector(".by-place").textContent = all.length > 1 ? `${all.indexOf(mark) + 1} of ${all.length}` : "";
  element.querySelector(".by-moves").hidden = all.length < 2;
  if (asked) box().classList.add("by-open");
  const scroller = box();
  if (scroller.scrollHeight > scroller.clientHeight + 1) {
    const middle = (scroller.clientHeight - mark.getBoundingClientRect().height) / 2;
    const top = mark.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    scroller.scrollTop += top - Math.max(middle, headings(card));
  }
  if (!asked) return;
  if (!element.contains(document.activeElement)) cameFrom = document.activeElement;
  mark.focus({ preventScroll: true });
}

function open(key, asked) {
  const mark = marks().find((one) => names(one, key));
  if (mark) return show(mark, asked);
  const card = [...element.querySelectorAll("details")].find((one) => names(one, key)); // its article has changed or gone
  if (!card) return;
  for (const one of element.querySelectorAll("details")) one.open = one === card;
  if (asked) box().classList.add("by-open");
}

function close() {
  box().classList.remove("by-open");
  if (cameFrom && cameFrom.isConnected) cameFrom.focus();
}

watch("value", () => {
  const panel = element.querySelector(".by-panel[data-active]");
  at = null;
  if (panel) open(panel.dataset.active, panel.dataset.chosen === "true");
  else box().scrollTop = 0;
});
document.addEventListener("byline:open", (event) => open(event.detail.key, true));
element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.move) {
    const all = marks();
    const next = all[(all.indexOf(at) + Number(button.dataset.move) + all.length) % all.length];
    if (next) { show(next, true); button.focus({ preventScroll: true }); }
  } else if ("copyMark" in button.dataset) {
    const own = [...button.closest("details").querySelectorAll("mark, .by-passage")];
    window.byline.copy((own.includes(at) ? at : own[0]).dataset.copy, button);
  } else if ("close" in button.dataset) {
    close();
  }
});
// Escape takes a keyboard's reader back to the [1] that brought them here; n and p go from mark to mark.
element.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    close();
    event.stopPropagation(); // it is this that was to go, not the answer under way
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { n: 1, p: -1 }[event.key];
  if (step && marks().length > 1) element.querySelector(`[data-move="${step}"]`).click();
});

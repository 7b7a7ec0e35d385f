// Runs once for the sources panel (gr.HTML js_on_load): element and watch are given by Gradio.
const box = () => document.getElementById("by-sources");
let cameFrom = null;

// Height of what stays at the panel's top while its text scrolls: a mark must not hide behind it.
const headings = (card) =>
  element.querySelector(".by-panel-head").offsetHeight + card.querySelector("summary").offsetHeight + 12;

// Show one card, its mark in the middle of the panel. Only a reader who asked for it is moved there.
function open(key, asked) {
  const cards = [...element.querySelectorAll("[data-card]")];
  const card = cards.find((one) => one.dataset.card === key);
  if (!card) return;
  for (const one of cards) {
    one.open = one === card;
    one.classList.toggle("by-chosen", one === card && asked);
  }
  for (const button of element.querySelectorAll("nav [data-key]")) {
    button.setAttribute("aria-current", String(button.dataset.key === key));
  }
  const mark = card.querySelector("mark, .by-passage") || card;
  const scroller = box();
  if (scroller.scrollHeight > scroller.clientHeight + 1) {
    const middle = (scroller.clientHeight - mark.getBoundingClientRect().height) / 2;
    const top = mark.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    scroller.scrollTop += top - Math.max(middle, headings(card));
  }
  if (!asked) return;
  cameFrom = document.activeElement;
  mark.focus({ preventScroll: true });
  const seen = mark.getBoundingClientRect();
  if (seen.top < 0 || seen.bottom > window.innerHeight) mark.scrollIntoView({ block: "center" });
}

watch("value", () => {
  const panel = element.querySelector(".by-panel[data-active]");
  if (panel) open(panel.dataset.active, panel.dataset.chosen === "true");
  else box().scrollTop = 0;
});
document.addEventListener("byline:open", (event) => open(event.detail.key, true));
element.addEventListener("click", (event) => {
  const button = event.target.closest("nav [data-key]");
  if (button) open(button.dataset.key, true);
});
// Escape takes a keyboard's reader back to the [1] that brought them here.
element.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && cameFrom && cameFrom.isConnected) cameFrom.focus();
});

// Runs once for the conversation (gr.HTML js_on_load): element, trigger and watch are given by Gradio.
const panel = () => document.querySelector("#by-sources .by-panel");
const scroller = () => document.getElementById("by-scroll");

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { act, asked, correct, key, turn, verbatim } = button.dataset;
  const last = element.querySelectorAll(".by-turn").length - 1;
  if (act === "edit") {
    window.byline.mean({ replace: Number(turn), verbatim: verbatim === "true" }, "Changing your last question.");
    window.byline.write(asked);
  } else if (act) {
    if (busy) return; // one question at a time: this one would be let drop
    if (act === "unlimited") document.dispatchEvent(new CustomEvent("byline:unlimited"));
    window.byline.mean({ replace: Number(turn) === last ? last : null, verbatim: verbatim === "true" });
    trigger("submit", { question: asked });
  } else if (correct) {
    const replace = Number(turn) === last ? last : null;
    window.byline.mean({ replace, verbatim: true }, "Say what you meant; it is asked just as it stands.");
    window.byline.write(correct);
  } else if (key) {
    const shown = panel();
    if (shown && shown.dataset.turn === turn && shown.querySelector(`[data-keys~="${CSS.escape(key)}"]`)) {
      // This turn's sources are there already: no need to ask the server for them.
      document.dispatchEvent(new CustomEvent("byline:open", { detail: { key } }));
    } else {
      trigger("select", { turn: Number(turn), key });
    }
  }
});

// Room below a short last turn, so that its question stands at the top from the first word of its answer to the last.
let turns = 0;
let busy = false;
function fit() {
  const box = scroller();
  const last = element.querySelector(".by-turn:last-child");
  const now = element.querySelectorAll(".by-turn").length;
  const pin = busy || now !== turns;
  busy = element.querySelector(".by-log").getAttribute("aria-busy") === "true";
  turns = now;
  if (!last) return box.style.setProperty("--by-room", "0px");
  if (getComputedStyle(box).overflowY !== "auto") { // a phone: the page itself scrolls
    const top = last.getBoundingClientRect().top;
    if (pin && (top < 0 || last.getBoundingClientRect().bottom > window.innerHeight - 120)) window.scrollBy(0, top - 12);
    return;
  }
  const after = [...box.children].filter((one) => one !== document.getElementById("by-conversation"));
  const below = after.reduce((sum, one) => sum + one.offsetHeight, last.offsetHeight);
  box.style.setProperty("--by-room", `${now > 1 ? Math.max(0, box.clientHeight - below) : 0}px`);
  if (pin) box.scrollTop += last.getBoundingClientRect().top - box.getBoundingClientRect().top - 12;
}
watch("value", fit);
window.addEventListener("resize", fit);

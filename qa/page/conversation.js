// Runs once for the conversation (gr.HTML js_on_load): element, trigger and watch are given by Gradio.
const panel = () => document.querySelector("#by-sources .by-panel");

element.addEventListener("click", (event) => {
  const example = event.target.closest("[data-question]");
  if (example) {
    trigger("submit", { question: example.dataset.question });
    return;
  }
  const cite = event.target.closest("[data-key]");
  if (!cite) return;
  const { turn, key } = cite.dataset;
  const shown = panel();
  if (shown && shown.dataset.turn === turn && shown.querySelector(`[data-card="${CSS.escape(key)}"]`)) {
    // This turn's sources are there already: no need to ask the server for them.
    document.dispatchEvent(new CustomEvent("byline:open", { detail: { key } }));
  } else {
    trigger("select", { turn: Number(turn), key });
  }
});

// Keep the last question at the top of the conversation, or its end in sight when it is short.
watch("value", () => {
  const last = element.querySelector(".by-turn:last-child");
  if (!last) return;
  const box = document.getElementById("by-conversation");
  if (box.scrollHeight > box.clientHeight + 1) {
    box.scrollTop += last.getBoundingClientRect().top - box.getBoundingClientRect().top - 12;
  } else if (last.getBoundingClientRect().bottom > window.innerHeight || last.getBoundingClientRect().top < 0) {
    last.scrollIntoView({ block: "start" });
  }
});

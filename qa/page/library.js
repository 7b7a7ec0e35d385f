// Runs once for each part of the library tab (gr.HTML js_on_load): every press on a button with a data- word is sent.
const WORDS = ["sort", "open", "remove", "page", "part", "undo"];

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const word = button && WORDS.find((one) => one in button.dataset);
  if (!word) return;
  trigger("select", { [word]: button.dataset[word] });
  const open = document.querySelector("#by-lib-pane article[data-id]");
  if (word === "open" && open?.dataset.id === button.dataset.open) lead(open); // it is there, above or below
});

// An article that was opened or turned: its heading is where reading goes on.
let shown = null;
watch("value", () => {
  const article = element.querySelector("article[data-id]");
  if (!article) return;
  const scroller = element.closest("#by-lib-pane");
  if (scroller) scroller.scrollTop = 0;
  if (article.dataset.id === shown) return;
  shown = article.dataset.id;
  lead(article);
});
function lead(article) {
  const title = article.querySelector("h2");
  title.focus({ preventScroll: true });
  const seen = title.getBoundingClientRect();
  if (seen.top < 0 || seen.bottom > window.innerHeight) article.scrollIntoView({ block: "start" });
}

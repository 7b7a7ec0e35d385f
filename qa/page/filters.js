// Runs once for the filters (gr.HTML js_on_load): element and watch are given by Gradio. What is chosen goes with the
// next question (page.js); nothing is sent before.
const limits = window.byline.limits;
const find = (selector) => element.querySelector(selector);
const days = { from: "published_from", to: "published_to" };

function tell() {
  const { publishers } = limits;
  const named = publishers.map((name) => name.trim() || "No publisher named");
  const count = publishers.length + (limits.published_from ? 1 : 0) + (limits.published_to ? 1 : 0);
  find(".by-publishers summary").textContent =
    named.length === 0 ? "All publishers" : named.length === 1 ? named[0] : `${named.length} publishers`;
  find(".by-filtered").textContent = count ? ` (${count})` : "";
  find("[data-clear]").hidden = !count;
}

// Put what was chosen back into controls that were drawn anew.
function draw() {
  if (!find(".by-filters")) return;
  const boxes = [...element.querySelectorAll("[name=publisher]")];
  limits.publishers = limits.publishers.filter((name) => boxes.some((box) => box.value === name));
  for (const box of boxes) box.checked = limits.publishers.includes(box.value);
  for (const name in days) find(`[name=${name}]`).value = limits[days[name]];
  if (window.matchMedia("(min-width: 821px)").matches) find(".by-filters").open = true;
  tell();
}

function clear() {
  Object.assign(limits, { publishers: [], published_from: "", published_to: "" });
  draw();
}

element.addEventListener("change", (event) => {
  const { name, value } = event.target;
  if (name === "publisher") {
    limits.publishers = [...element.querySelectorAll("[name=publisher]:checked")].map((box) => box.value);
  } else if (name in days) {
    limits[days[name]] = value;
  }
  tell();
});
element.addEventListener("input", (event) => {
  if (!event.target.matches(".by-find")) return;
  const wanted = event.target.value.trim().toLowerCase();
  for (const tick of element.querySelectorAll(".by-tick")) tick.hidden = !tick.textContent.toLowerCase().includes(wanted);
});
element.addEventListener("click", (event) => {
  if (event.target.closest("[data-clear]")) {
    clear();
    find("[name=from]").focus();
  }
});
element.addEventListener("keydown", (event) => {
  const list = find(".by-publishers");
  if (event.key === "Escape" && list.open) {
    list.open = false;
    list.querySelector("summary").focus();
    event.stopPropagation();
  }
});
document.addEventListener("click", (event) => {
  const list = find(".by-publishers");
  if (list && list.open && !list.contains(event.target)) list.open = false;
});
document.addEventListener("byline:unlimited", clear);
watch("value", draw);
draw();

// Runs once for the bar under the latest answer (gr.HTML js_on_load): a thumb is sent at once, a reason when it is given.
element.addEventListener("click", (event) => {
  const thumb = event.target.closest("[data-verdict]");
  if (thumb) trigger("submit", { verdict: thumb.dataset.verdict });
});
element.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  trigger("submit", {
    verdict: "down",
    reason: form.get("by-reason") || "",
    correction: form.get("by-correction") || "",
    sent: true,
  });
});

// The form that a press opened is where the reader goes on, and is in sight.
watch("value", () => {
  const form = element.querySelector("form");
  if (!form) return;
  form.querySelector("input").focus({ preventScroll: true });
  form.scrollIntoView({ block: "nearest" });
});

"use strict";
// Each mapping's list of changes: pick a kind, look for words, and see the first of them until asked.
const FIRST = 25;
for (const list of document.querySelectorAll("[data-list]")) {
  const tools = list.querySelector(".tools");
  if (!tools) continue;
  const changes = [...list.querySelectorAll(".change")];
  const texts = changes.map((change) => change.textContent.toLowerCase());
  const buttons = [...tools.querySelectorAll("button")];
  const search = tools.querySelector("input");
  const told = tools.querySelector("output");
  const all = list.querySelector(".all");
  let kind = "";
  let most = FIRST;

  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    changes.forEach((change, at) => {
      const wanted =
        (!kind || change.dataset.kinds.split(" ").includes(kind)) &&
        words.every((word) => texts[at].includes(word));
      found += wanted;
      change.hidden = !wanted || found > most;
    });
    told.textContent = `${found.toLocaleString("en")} found`;
    all.hidden = found <= most;
    all.textContent = `Show ${(found - most).toLocaleString("en")} more`;
    for (const button of buttons) button.setAttribute("aria-pressed", button.value === kind);
  };

  for (const button of buttons) {
    button.addEventListener("click", () => {
      kind = button.value;
      show();
    });
  }
  all.addEventListener("click", () => {
    most = Infinity;
    show();
  });
  search.addEventListener("input", show);
  tools.hidden = false;
  show();
}

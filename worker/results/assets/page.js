// Keeps the bars at the newest results. What came from outside is only ever set as text.
"use strict";
(() => {
  const svg = "http://www.w3.org/2000/svg";
  const at = (id) => document.getElementById(id);

  function cell(row, text, kind) {
    const td = document.createElement("td");
    td.textContent = text;
    if (kind) td.className = kind;
    row.append(td);
    return td;
  }

  function line(b) {
    const row = document.createElement("tr");
    for (const k of b.key) {
      const td = cell(row, k.value, "k");
      if (!k.label) continue;
      const label = document.createElement("span");
      label.textContent = k.label;
      td.append(" ", label);
    }
    for (const v of b.values) cell(row, v === "" ? "—" : v, "n");
    const rect = document.createElementNS(svg, "rect");
    rect.setAttribute("width", b.size.toFixed(2) + "%");
    rect.setAttribute("height", "100%");
    const picture = document.createElementNS(svg, "svg");
    picture.setAttribute("aria-hidden", "true");
    picture.append(rect);
    cell(row, "", "w").append(picture);
    return row;
  }

  const events = new EventSource("/live?job=" + encodeURIComponent(document.body.dataset.job));
  events.addEventListener("open", () => at("live").classList.add("on"));
  events.addEventListener("error", () => at("live").classList.remove("on"));
  events.addEventListener("results", (event) => {
    const now = JSON.parse(event.data);
    at("sentence").textContent = now.sentence;
    at("sentence").className = now.verdict;
    at("phase").textContent = now.phase;
    at("asof").textContent = now.as_of;
    at("bars").replaceChildren(...now.bars.map(line));
    at("more").textContent = now.more ? "and " + now.more + " more groups" : "";
  });
})();

// Keeps the table at the last messages. What came from outside is only ever set as text.
"use strict";
(() => {
  const body = document.getElementById("records");
  const live = document.getElementById("live");
  const id = (r) => r.topic + "/" + r.partition + "/" + r.offset;
  let seen = new Set();
  let first = true;

  function cell(row, text, kind) {
    const td = document.createElement("td");
    td.textContent = text;
    if (kind) td.className = kind;
    row.append(td);
  }

  function line(r) {
    const row = document.createElement("tr");
    if (!first && !seen.has(id(r))) row.className = "fresh";
    cell(row, r.timestamp.replace("T", " ").replace(/(\.\d+)?Z$/, (_, ms) => ((ms || ".") + "000").slice(0, 4)), "t");
    cell(row, r.topic);
    cell(row, r.partition, "n");
    cell(row, r.offset, "n");
    cell(row, r.key === null ? "—" : r.key, "k");
    cell(row, r.value === null ? "—" : r.value, "v");
    return row;
  }

  const events = new EventSource("/recent");
  events.addEventListener("open", () => live.classList.add("on"));
  events.addEventListener("error", () => live.classList.remove("on"));
  events.addEventListener("recent", (event) => {
    const now = JSON.parse(event.data);
    document.getElementById("consumed").textContent = now.n_consumed;
    document.getElementById("state").textContent = now.state;
    body.replaceChildren(...now.records.map(line));
    seen = new Set(now.records.map(id));
    first = false;
  });
})();

// Asks the seer and shows the answer as it comes. What came from outside is only ever set as text.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const turns = []; // the conversation so far: a follow-up question needs it
  let running = null;
  let shown = 0;

  function element(name, kind, text) {
    const e = document.createElement(name);
    if (kind) e.className = kind;
    if (text !== undefined) e.textContent = text;
    return e;
  }

  // Puts an answer's text in, with [n] as a link to the citation of that number.
  function prose(into, text, prefix, known) {
    into.replaceChildren();
    let at = 0;
    for (const m of text.matchAll(/\[(\d{1,4})\]/g)) {
      if (!known.has(Number(m[1]))) continue;
      into.append(text.slice(at, m.index));
      const link = element("a", "", m[0]);
      link.href = "#" + prefix + m[1];
      into.append(link);
      at = m.index + m[0].length;
    }
    into.append(text.slice(at));
  }

  function citation(c, prefix) {
    const li = element("li");
    li.id = prefix + c.n;
    let place = "[" + c.n + "] " + c.place.topic + "/" + c.place.partition + "/" + c.place.offset;
    if (c.place.at && !c.place.at.startsWith("0001-")) place += " · " + c.place.at.replace("T", " ");
    if (c.title) place += " · " + c.title;
    if (c.like > 1) place += " · one of " + c.like + " alike";
    li.append(element("div", "place", place));
    if (c.gone) li.append(element("div", "gone", c.gone));
    li.append(element("div", "excerpt", c.excerpt));
    return li;
  }

  // Reads server-sent events from a response's body.
  async function* events(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      rest += value;
      for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
        let name = "", data = "";
        for (const line of rest.slice(0, end).split("\n")) {
          if (line.startsWith("event: ")) name = line.slice(7);
          if (line.startsWith("data: ")) data += line.slice(6);
        }
        rest = rest.slice(end + 2);
        if (data) yield { name, data: JSON.parse(data) };
      }
    }
  }

  function board(question) {
    const article = element("article");
    const text = element("div", "text draft"), step = element("div", "step", "reading");
    article.append(element("h2", "", question), text, step);
    $("talk").append(article);
    return { article, text, step };
  }

  function failed(b, message) {
    b.step.remove();
    b.text.className = "text failed";
    b.text.textContent = message;
  }

  function finish(b, answer, question) {
    const prefix = "c" + ++shown + "-";
    const cited = answer.citations || [];
    b.step.remove();
    b.text.className = "text";
    prose(b.text, answer.text, prefix, new Set(cited.map((c) => c.n)));
    if (cited.length) {
      const list = element("ol");
      list.append(...cited.map((c) => citation(c, prefix)));
      b.article.append(list);
    }
    for (const note of answer.notes || []) b.article.append(element("div", "fresh", note));
    const at = answer.fresh.at.startsWith("0001-") ? "nothing learned yet" : "learned up to " + answer.fresh.at;
    const by = answer.model ? " · " + answer.model : "";
    b.article.append(element("div", "fresh", at + (answer.fresh.behind > 0 ? ", " + answer.fresh.behind + " offsets behind" : "") + by));
    turns.push({ question, answer: answer.text.slice(0, 4000) });
    if (turns.length > 8) turns.shift();
  }

  async function follow(response, b, question) {
    for await (const e of events(response)) {
      switch (e.name) {
        case "step": b.step.textContent = e.data.step; break;
        case "draft": b.text.textContent += e.data.draft; break;
        case "restart": b.text.textContent = ""; break;
        case "answer": finish(b, e.data, question); return;
        case "failed": failed(b, e.data.error + (e.data.hint ? " – " + e.data.hint : "")); return;
      }
    }
    failed(b, "The answer was cut off. Ask again.");
  }

  async function ask(question) {
    question = question.trim();
    if (!question || running) return;
    running = new AbortController();
    $("stop").hidden = false;
    $("question").value = "";
    const b = board(question);
    try {
      const response = await fetch("/ask", {
        method: "POST", signal: running.signal, body: JSON.stringify({ question, history: turns }),
        headers: { "Content-Type": "application/json", "Accept": "text/event-stream" },
      });
      if (response.ok) {
        await follow(response, b, question);
      } else {
        const e = await response.json();
        failed(b, e.error + (e.hint ? " – " + e.hint : ""));
      }
    } catch (e) {
      failed(b, running.signal.aborted ? "Stopped." : "The seer does not answer: " + e.message);
    }
    running = null;
    $("stop").hidden = true;
    b.article.scrollIntoView({ block: "nearest" });
    refresh();
  }

  async function refresh() {
    try {
      const s = await (await fetch("/status")).json();
      $("state").textContent = s.state;
      $("messages").textContent = s.messages.toLocaleString("en");
      $("behind").textContent = s.fresh.behind < 0 ? "not known" : s.fresh.behind.toLocaleString("en");
      $("model").textContent = s.model || "none: answers are put together from the evidence";
      $("suggestions").replaceChildren(...(s.suggestions || []).slice(0, 5).map((text) => {
        const li = element("li"), button = element("button", "", text);
        button.type = "button";
        button.addEventListener("click", () => ask(text));
        li.append(button);
        return li;
      }));
    } catch {
      $("state").textContent = "not reachable";
    }
  }

  $("send").addEventListener("click", () => ask($("question").value));
  $("stop").addEventListener("click", () => running && running.abort());
  $("question").addEventListener("keydown", (e) => {
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
      e.preventDefault();
      ask($("question").value);
    }
  });
  refresh();
  setInterval(refresh, 5000);
})();

// The pages of tools: source in colours with numbered lines, in an editor that stays a plain text field underneath.
const KEYWORDS =
  "False|None|True|and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield|match|case";
const PYTHON = new RegExp(
  [
    /(?<note>#.*)/.source,
    /(?<text>\b[rbfuRBFU]{0,2}(?:"""[\s\S]*?(?:"""|$(?![\s\S]))|'''[\s\S]*?(?:'''|$(?![\s\S])))|[rbfuRBFU]{0,2}(?:"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))/.source,
    `(?<key>\\b(?:${KEYWORDS})\\b)`,
    /(?<value>\b(?:0[xXoObB][\da-fA-F_]+|\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?)\b)/.source,
    /(?<name>@[\w.]+|(?<=\bdef\s)\w+|(?<=\bclass\s)\w+)/.source,
  ].join("|"),
  "gm",
);
const JSON_TOKENS = /(?<name>"(?:\\.|[^"\\\n])*"(?=\s*:))|(?<text>"(?:\\.|[^"\\\n])*"?)|(?<key>\b(?:true|false|null)\b)|(?<value>-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)/g;
const LANGUAGES = { python: PYTHON, json: JSON_TOKENS };

/** The text in pieces, as nodes: nothing of it is ever read as HTML. */
function coloured(text, language) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(LANGUAGES[language])) {
    if (!found[0]) continue;
    nodes.push(document.createTextNode(text.slice(end, found.index)));
    const [kind] = Object.entries(found.groups).find(([, value]) => value !== undefined);
    const piece = document.createElement("span");
    piece.className = `tok-${kind}`;
    piece.textContent = found[0];
    nodes.push(piece);
    end = found.index + found[0].length;
  }
  nodes.push(document.createTextNode(text.slice(end)));
  return nodes;
}

/** Source to be read: each line in an element of its own, which the style sheet numbers. */
function show(pre) {
  const lines = [document.createElement("span")];
  for (const node of coloured(pre.textContent.replace(/\n$/, ""), pre.dataset.coloured)) {
    node.textContent.split("\n").forEach((part, place) => {
      if (place) lines.push(document.createElement("span"));
      const piece = node.cloneNode();
      piece.textContent = part;
      lines.at(-1).append(piece);
    });
  }
  pre.replaceChildren(...lines.flatMap((line) => ((line.className = "line"), [line, "\n"])).slice(0, -1));
}

function edit(area) {
  const frame = document.createElement("div");
  const lines = document.createElement("div");
  const field = document.createElement("div");
  const colours = document.createElement("pre");
  frame.className = "tools-editor";
  lines.className = "tools-editor__lines";
  field.className = "tools-editor__field";
  colours.className = "tools-editor__colours";
  for (const each of [lines, colours]) each.setAttribute("aria-hidden", "true");
  area.replaceWith(frame);
  field.append(colours, area);
  frame.append(lines, field);

  function paint() {
    colours.replaceChildren(...coloured(area.value, area.dataset.code), "\n");
    const count = area.value.split("\n").length;
    lines.textContent = Array.from({ length: count }, (_, place) => place + 1).join("\n");
    follow();
  }
  function follow() {
    colours.scrollTop = lines.scrollTop = area.scrollTop;
    colours.scrollLeft = area.scrollLeft;
  }
  area.addEventListener("input", paint);
  area.addEventListener("scroll", follow);
  area.addEventListener("keydown", (event) => type(area, event));
  paint();
}

/** Tab indents and Enter keeps the depth; after Escape, Tab leaves the field, as it does everywhere else. */
function type(area, event) {
  const before = area.value.slice(0, area.selectionStart);
  if (event.key === "Escape") {
    area.dataset.leaving = "";
  } else if (event.key === "Tab" && !event.shiftKey && !event.ctrlKey && !event.altKey && !("leaving" in area.dataset)) {
    event.preventDefault();
    insert(area, area.dataset.code === "python" ? "    " : "  ");
  } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.isComposing) {
    event.preventDefault();
    const [depth] = before.slice(before.lastIndexOf("\n") + 1).match(/^[ \t]*/);
    const deeper = area.dataset.code === "python" ? (/:\s*$/.test(before) ? "    " : "") : /[{[]\s*$/.test(before) ? "  " : "";
    insert(area, `\n${depth}${deeper}`);
  } else if (event.key !== "Tab" && event.key !== "Shift") {
    delete area.dataset.leaving;
  }
}

function insert(area, text) {
  document.execCommand("insertText", false, text); // the one way that keeps the browser's own undo
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

document.querySelectorAll("[data-coloured]").forEach(show);
document.querySelectorAll("textarea[data-code]").forEach(edit);

for (const form of document.querySelectorAll("[data-waits]")) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("button[type=submit]");
    button.disabled = true;
    button.textContent = form.dataset.waits;
  });
}
// Back from the next page: the browser may show this one as it was left, with its button at rest.
addEventListener("pageshow", (event) => event.persisted && location.reload());

// The memory's pages: a preview beside the text as it is typed, a question before a restore, no text lost by a slip.
const WAIT = 250; // milliseconds after the last key

function live(textarea, here) {
  const token = textarea.form.querySelector("[name=csrfmiddlewaretoken]").value;
  let timer;
  let asked = 0;
  async function show() {
    const mine = ++asked;
    const body = new URLSearchParams({ content: textarea.value });
    try {
      const answer = await fetch(textarea.dataset.preview, { method: "POST", headers: { "X-CSRFToken": token }, body });
      if (!answer.ok) throw new Error(answer.status);
      const html = await answer.text(); // our own server's rendering: text is escaped there
      if (mine === asked) here.innerHTML = html;
    } catch {
      if (mine === asked) here.textContent = "The preview could not be made. What you typed is still here; try again.";
    }
  }
  textarea.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, WAIT);
  });
}

for (const textarea of document.querySelectorAll("[data-preview]")) {
  live(textarea, textarea.form.querySelector("[data-preview-here]"));
}

for (const form of document.querySelectorAll("[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!confirm(form.dataset.confirm)) event.preventDefault();
  });
}

for (const form of document.querySelectorAll("[data-unsaved]")) {
  let changed = false;
  form.addEventListener("input", () => (changed = true));
  form.addEventListener("submit", () => (changed = false));
  addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
}

// What the words of a scheduled task's form are understood as, shown as they are typed.
const WAIT = 250; // milliseconds after the last key

function live(form, here) {
  let timer;
  let asked = 0;
  async function show() {
    const mine = ++asked;
    try {
      const answer = await fetch(form.dataset.understood, { method: "POST", body: new FormData(form) });
      if (!answer.ok) throw new Error(answer.status);
      const html = await answer.text(); // our own server's page: what was typed is escaped there
      if (mine === asked) here.innerHTML = html;
    } catch {
      if (mine === asked) here.textContent = "What is understood could not be asked for. What you typed is still here.";
    }
  }
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, WAIT);
  });
  if (form.elements.when.value) show();
}

for (const form of document.querySelectorAll("[data-understood]")) {
  live(form, form.querySelector("[data-understood-here]"));
}

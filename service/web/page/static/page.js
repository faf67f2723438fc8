// What a browser with scripts adds: a file may be dropped, and what if is live. Everything works without it.
const drop = document.getElementById("drop");
const file = document.getElementById("file");
if (drop && file) {
  const mark = (over) => drop.classList.toggle("over", over);
  const stop = (event) => event.preventDefault();
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => { stop(event); mark(true); });
  }
  drop.addEventListener("dragleave", () => mark(false));
  drop.addEventListener("drop", (event) => {
    stop(event);
    mark(false);
    if (event.dataTransfer.files.length) {
      file.files = event.dataTransfer.files;
      file.form.requestSubmit();
    }
  });
}

// A link into closed details opens them.
const open = () => {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  const around = target && target.closest("details");
  if (around) around.open = true;
};
addEventListener("hashchange", open);
open();

// What if, live: the same form to the same address; of the answer only the result is taken over.
const whatIf = document.getElementById("what-if");
if (whatIf) {
  let asked = 0;
  const change = async () => {
    const mine = ++asked;
    const answer = await fetch(whatIf.action, { method: "POST", body: new FormData(whatIf) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // A later change has been asked about meanwhile.
    if (mine !== asked) return;
    const problem = page.querySelector(".problem");
    const old = document.querySelector(".what-if .problem");
    if (old) old.remove();
    if (problem) {
      whatIf.prepend(problem);
      return;
    }
    for (const part of ["verdict", "columns"]) {
      const fresh = page.getElementById(`p1-${part}`);
      const shown = document.getElementById(`p1-${part}`);
      if (fresh && shown) shown.replaceChildren(...fresh.childNodes);
      if (fresh && shown) shown.className = fresh.className;
    }
  };
  whatIf.addEventListener("change", change);
}

// Calls to copy, where the browser lets a page write to the clipboard.
for (const button of navigator.clipboard ? document.querySelectorAll("[data-copies]") : []) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
    button.textContent = "Copied";
  });
}

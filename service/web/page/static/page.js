// What a browser with scripts adds: a file may be dropped. Everything works without it.
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

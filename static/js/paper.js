// Typing in a paper list by keyboard: space ticks, Enter and arrows move, the times that are left empty show what they mean.
const form = document.querySelector('[data-module="paper-grid"]');
const part = (name) => form.querySelector(`[data-part="${name}"]`);
const boxes = [...form.querySelectorAll('.tick input[type="checkbox"]')];
const times = boxes.map((box) => box.closest("tr").querySelector("input.time"));
let isChanged = false;

const focus = (field) => {
  if (!field) return;
  field.focus();
  if (field.select && field.type !== "checkbox") field.select();
};

// Where a key leads from a field of the grid; undefined = nowhere of ours.
function next(field, key) {
  const column = boxes.includes(field) ? boxes : times;
  const row = column.indexOf(field);
  if (key === "ArrowDown" || key === "Enter") return column[row + 1] ?? form.querySelector(".walk-ins input");
  if (key === "ArrowUp") return column[row - 1];
  if (key === "ArrowRight" && column === boxes) return times[row];
  if (key === "ArrowLeft" && column === times && field.selectionStart === 0) return boxes[row];
  return undefined;
}

form.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  const isOfGrid = boxes.includes(target) || times.includes(target);
  const to = isOfGrid ? next(target, key) : undefined;
  if (to) {
    event.preventDefault();
    focus(to);
  } else if (key === "Enter" && target.matches("input")) {
    event.preventDefault(); // a list half typed in is not sent by one Enter too many
    const fields = [...form.querySelectorAll("input:not([type=hidden]), select, button")];
    focus(fields[fields.indexOf(target) + 1]);
  }
});

function show() {
  const ticked = boxes.filter((box) => box.checked).length;
  let words = form.dataset.tickedWords.replace("{ticked}", ticked).replace("{all}", boxes.length);
  if (isChanged) words += ` · ${form.dataset.unsavedWords}`;
  part("count").value = words;
  let last = form.elements.first.value;
  boxes.forEach((box, row) => {
    if (box.checked && times[row].value.trim()) last = times[row].value.trim();
    times[row].placeholder = box.checked ? last : "";
  });
}

form.addEventListener("input", () => {
  isChanged = true;
  show();
});

part("all").addEventListener("click", () => {
  boxes.forEach((box) => (box.checked = true));
  isChanged = true;
  show();
});

part("more").addEventListener("click", () => {
  const lines = form.querySelectorAll(".walk-ins li");
  const line = lines[lines.length - 1].cloneNode(true);
  const number = lines.length + 1;
  line.querySelector(".problem")?.remove();
  for (const label of line.querySelectorAll("label")) label.htmlFor = label.htmlFor.replace(/\d+$/, number);
  for (const input of line.querySelectorAll("input")) {
    input.id = input.name = input.name.replace(/\d+$/, number);
    input.value = "";
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }
  form.querySelector(".walk-ins").append(line);
  focus(line.querySelector("input"));
});

form.addEventListener("submit", () => (isChanged = false));
addEventListener("beforeunload", (event) => {
  if (!isChanged) return;
  event.preventDefault();
  event.returnValue = ""; // Chrome before 119
});

part("all").hidden = part("more").hidden = false;
show();
focus(boxes[0]);

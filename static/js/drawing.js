// The cross on a drawing follows the arrow keys and the two numbers; Enter on the picture sends where it stands.
const form = document.querySelector('[data-module="drawing"]');
const cross = form?.querySelector('[data-part="cross"]');

if (cross) {
  const { across, down } = form.elements;
  const picture = form.querySelector('input[type="image"]');
  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const within = (value, field) => Math.min(Math.max(value || 0, 0), Number(field.max));

  const show = () => cross.setAttribute("transform", `translate(${within(Number(across.value), across)} ${within(Number(down.value), down)})`);

  picture.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const size = event.shiftKey ? 10 : 1;
    across.value = within(Number(across.value) + step[0] * size, across);
    down.value = within(Number(down.value) + step[1] * size, down);
    show();
  });
  form.addEventListener("input", show);
  show();
}

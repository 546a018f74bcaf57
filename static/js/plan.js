// While a plan is being made: load the part that says how far it is, every two seconds, until it is gone.
const part = () => document.querySelector('[data-module="plan-progress"]');

async function look() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector('[data-module="plan-progress"]');
    if (!fresh) {
      location.reload();
      return;
    }
    // The button keeps the focus of whoever is about to press it.
    if (!part().contains(document.activeElement)) part().replaceWith(fresh);
  } catch {
    // The network is gone for a moment: asked again below.
  }
  setTimeout(look, 2000);
}

if (part()) setTimeout(look, 2000);

// The secret of a link stands behind its #, which browsers never send. Move it into the form, and out of the address.
const secret = decodeURIComponent(location.hash.slice(1));
if (secret) {
  history.replaceState(null, "", location.pathname);
  const form = document.querySelector('[data-module="join"]');
  form.elements.code.value = secret.slice(0, 60);
  form.requestSubmit();
}

// Conveniences only: every page works without this file.
(() => {
  const d = document, on = (type, run) => d.addEventListener(type, run);
  const ready = (root) => {
    root.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = !navigator.clipboard; });
    root.querySelector("[data-error-summary]")?.focus();
  };
  let changed = false;
  ready(d);
  on("htmx:after:swap", () => ready(d));

  on("click", (event) => {
    const target = event.target;
    d.querySelectorAll("[data-menu]").forEach((menu) => { if (!menu.contains(target)) menu.open = false; });
    const copy = target.closest("[data-copy]");
    if (copy) navigator.clipboard.writeText(d.getElementById(copy.dataset.copy).value).then(() => { copy.textContent = d.body.dataset.copied; });
    const opener = target.closest("[data-dialog]");
    const dialog = opener && d.getElementById(opener.dataset.dialog);
    if (dialog?.showModal) { event.preventDefault(); dialog.showModal(); }
    if (target.closest("[data-close]")) target.closest("dialog")?.close();
  });
  on("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("[data-menu]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  // A second press while the first is on its way sends nothing.
  on("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    changed = false;
    event.submitter?.setAttribute("aria-busy", "true");
    setTimeout(() => { delete form.dataset.sent; event.submitter?.removeAttribute("aria-busy"); }, 5000);
  });
  on("input", (event) => { if (event.target.form?.hasAttribute("data-guard")) changed = true; });
  on("change", (event) => {
    const form = event.target.form;
    if (!window.htmx && form?.hasAttribute("data-live")) form.requestSubmit();
  });
  // What is counted down on the page goes on counting.
  const tick = () => d.querySelectorAll("[data-until]").forEach((place) => {
    const left = Math.max(0, Math.floor((Date.parse(place.dataset.until) - Date.now()) / 1000));
    const two = (number) => String(number).padStart(2, "0");
    place.textContent = `${Math.floor(left / 3600)}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
  });
  if (d.querySelector("[data-until]")) setInterval(tick, 1000);
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
})();

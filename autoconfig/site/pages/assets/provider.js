"use strict";
const said = document.getElementById("said");
const field = document.getElementById("address");

async function copy(button) {
  await navigator.clipboard.writeText(button.previousElementSibling.textContent);
  const icon = button.querySelector("use");
  said.textContent = said.dataset.copied;
  icon.setAttribute("href", "#tick");
  setTimeout(() => {
    icon.setAttribute("href", "#copy");
    said.textContent = "";
  }, 2000);
}

function fill() {
  const address = field.value.trim();
  const at = address.lastIndexOf("@");
  const whole = at > 0 && at < address.length - 1;
  const parts = { ADDRESS: address, LOCALPART: address.slice(0, at), DOMAIN: address.slice(at + 1) };
  for (const value of document.querySelectorAll("[data-template]")) {
    value.dataset.sample ??= value.textContent;
    const encode = value.dataset.template.includes("://") ? encodeURIComponent : String;
    value.textContent = whole
      ? value.dataset.template.replace(/%EMAIL(ADDRESS|LOCALPART|DOMAIN)%/g, (_, part) => encode(parts[part]))
      : value.dataset.sample;
    value.closest("tr").classList.toggle("filled", whole);
    value.nextElementSibling.hidden = !whole || !navigator.clipboard;
  }
}

for (const button of document.querySelectorAll(".copy")) {
  button.hidden = !navigator.clipboard || "template" in button.previousElementSibling.dataset;
  button.addEventListener("click", () => copy(button));
}
if (document.querySelector("[data-template]")) {
  field.closest("[hidden]").hidden = false;
  field.value = new URLSearchParams(location.hash.slice(1)).get("address") ?? field.value;
  field.addEventListener("input", fill);
  fill();
}

let unfolded = [];
addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("details.card:not([open])")];
  for (const part of unfolded) part.open = true;
});
addEventListener("afterprint", () => {
  for (const part of unfolded) part.open = false;
});

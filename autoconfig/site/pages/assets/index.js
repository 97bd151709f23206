"use strict";
const language = document.documentElement.lang;
const field = document.getElementById("search");
const found = document.getElementById("found");
const plural = new Intl.PluralRules(language);
const number = new Intl.NumberFormat(`${language}-u-nu-latn`);

function ascii(domain) {
  if (/^[\x00-\x7f]*$/.test(domain)) return domain;
  try {
    return new URL(`http://${domain}`).hostname;
  } catch {
    return domain;
  }
}

const providers = [...document.querySelectorAll("#providers li")].map((item) => ({
  item,
  link: item.querySelector("a"),
  name: item.querySelector("a").textContent.toLowerCase(),
  domains: [...item.querySelectorAll("p")].flatMap((list) => list.textContent.split(" ")).map(ascii),
}));

function serves(provider, domain) {
  return provider.domains.some((it) => it === domain || (it.startsWith("*.") && domain.endsWith(it.slice(1))));
}

function matching(query) {
  const at = query.lastIndexOf("@");
  const domain = ascii(query.slice(at + 1).replace(/\.$/, ""));
  const exact = providers.filter((it) => serves(it, domain));
  if (exact.length || !query) return exact;
  return at < 0
    ? providers.filter((it) => it.name.includes(query) || it.domains.some((name) => name.includes(domain)))
    : providers.filter((it) => domain && it.domains.some((name) => name.startsWith(domain)));
}

function search() {
  const query = field.value.trim().toLowerCase();
  const matches = new Set(query ? matching(query) : providers);
  for (const provider of providers) {
    provider.item.hidden = !matches.has(provider);
    provider.link.hash = query.indexOf("@") > 0 ? `address=${encodeURIComponent(field.value.trim())}` : "";
  }
  for (const section of document.querySelectorAll("#providers section")) {
    section.hidden = !section.querySelector("li:not([hidden])");
  }
  for (const part of document.querySelectorAll(".letters, .count, #providers h2")) part.hidden = query !== "";
  found.textContent = !query ? "" : matches.size
    ? found.dataset[plural.select(matches.size)].replace("%s", number.format(matches.size))
    : found.dataset.unknown;
}

field.addEventListener("input", search);
field.addEventListener("keydown", (event) => {
  const links = document.querySelectorAll("#providers li:not([hidden]) a");
  if (event.key === "Enter" && links.length === 1) links[0].click();
});
document.querySelector("search").hidden = false;
search();

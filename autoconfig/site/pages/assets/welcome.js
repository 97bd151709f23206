const offered = [...document.querySelectorAll("link[hreflang]")].map((link) => link.hreflang);
const wanted = navigator.languages.map((tag) => tag.split("-")[0]).find((code) => offered.includes(code));
if (wanted && wanted !== language) location.replace(`${wanted}/index.html`);

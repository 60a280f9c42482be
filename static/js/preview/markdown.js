// Markdown as a page, without anything that could run, load or pretend to be ours. Two walls: HTML in it never becomes
// markup, and what marked makes of the rest is sanitised.

const TAGS = [
  "a", "b", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img",
  "li", "ol", "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
];
const ATTRIBUTES = ["href", "alt", "title", "align", "start"];

/** Loads the two libraries only here: most people never open a Markdown file. */
export async function drawMarkdown(text) {
  const [{ Marked }, { default: DOMPurify }] = await Promise.all([
    import("../../vendor/marked.esm.js"),
    import("../../vendor/purify.es.js"),
  ]);
  const html = new Marked({ gfm: true, renderer: { html: asText } }).parse(text);
  const fragment = DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|#|\.{0,2}\/|[^:]*(?:[/?#]|$))/i,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const image of fragment.querySelectorAll("img")) image.replaceWith(instead(image));
  for (const link of fragment.querySelectorAll("a")) tame(link);
  const article = document.createElement("article");
  article.className = "preview-prose";
  article.append(fragment);
  return article;
}

/** HTML inside Markdown is shown as it is written; its comments are left out. */
function asText({ text }) {
  return text
    .replace(/<!--[\s\S]*?(?:-->|$)/g, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

/** Images would be fetched from anywhere, and tell that somebody reads: their description stands for them. */
function instead(image) {
  const words = document.createElement("span");
  words.className = "is-missing-image";
  words.textContent = `[image: ${image.alt || "no description"}]`;
  return words;
}

function tame(link) {
  const href = link.getAttribute("href") ?? "";
  if (/^(https?:|mailto:)/i.test(href)) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  } else if (href.startsWith("/") || href.startsWith("#") || !href) {
    // Neither the root of a Markdown file nor its anchors are places of ours.
    link.removeAttribute("href");
  }
}

// Markdown as a page, without anything that could run, load or pretend to be ours.

const TAGS = [
  "a", "b", "blockquote", "br", "code", "dd", "del", "details", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img",
  "kbd", "li", "mark", "ol", "p", "pre", "s", "strong", "sub", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
];
const ATTRIBUTES = ["href", "alt", "title", "align", "start", "open"];

/** Loads the two libraries only here: most people never open a Markdown file. */
export async function drawMarkdown(text) {
  const [{ marked }, { default: DOMPurify }] = await Promise.all([
    import("../../vendor/marked.esm.js"),
    import("../../vendor/purify.es.js"),
  ]);
  const fragment = DOMPurify.sanitize(marked.parse(text, { gfm: true, async: false }), {
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

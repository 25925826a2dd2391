// Colors of a line: comments, strings, keys and variables. The text stays the same.

const RULES = {
  default: /(#.*$)|("(?:[^"\\]|\\.)*"|'[^']*')|(\$\{?\w+\}?)|(^\s*[\w.-]+(?=\s*[:=]))/g,
  nginx: /(#.*$)|("(?:[^"\\]|\\.)*"|'[^']*')|(\$\w+)|(^\s*\w+)/g,
  json: /(\u0000)|("(?:[^"\\]|\\.)*"(?!\s*:))|(\u0000)|("(?:[^"\\]|\\.)*"(?=\s*:))/g,
};

export function color(line, path) {
  const kind = path.includes('/nginx/') ? 'nginx' : /\.(json|lock|conflist)$/.test(path) ? 'json' : 'default';
  const out = document.createDocumentFragment();
  let from = 0;
  for (const match of line.matchAll(RULES[kind])) {
    const at = match.slice(1).findIndex((group) => group !== undefined);
    if (at < 0) continue;
    out.append(line.slice(from, match.index));
    const span = document.createElement('span');
    span.className = ['comment', 'string', 'variable', 'key'][at];
    span.textContent = match[0];
    out.append(span);
    from = match.index + match[0].length;
  }
  out.append(line.slice(from));
  return out;
}

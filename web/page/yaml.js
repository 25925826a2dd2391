// panel.yaml from the values of the form. Every scalar is text; the program reads what a key expects.

// Texts that YAML reads as something else, and texts with characters that mean something in YAML, are quoted.
export function scalar(value, plain = false) {
  const text = String(value);
  const looksSpecial = /^(?:~|null|true|false|yes|no|on|off|[-+.]?[0-9][0-9_:.,eEx+-]*|)$/i.test(text);
  const isSafe = /^[A-Za-z0-9/_][A-Za-z0-9/_.@+-]*$/.test(text) || /^https?:\/\/[A-Za-z0-9/_.@:+-]*[A-Za-z0-9/_]$/.test(text);
  if (isSafe && (plain || !looksSpecial || /^[0-9]{1,5}$/.test(text))) return text;
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
}

function lines(value, indent, types) {
  if (Array.isArray(value)) {
    return value.flatMap((item) => {
      if (item === null || typeof item !== 'object') return [`${indent}- ${scalar(item)}`];
      const inner = lines(item, indent + '  ', types?.items);
      if (inner.length === 0) return [`${indent}- {}`];
      return [`${indent}- ${inner[0].slice(indent.length + 2)}`, ...inner.slice(1)];
    });
  }
  return Object.entries(value).flatMap(([key, child]) => {
    const type = types?.[key];
    const name = `${indent}${scalar(key)}:`;
    if (child === null) return [`${name} null`];
    if (typeof child !== 'object') return [`${name} ${scalar(child, type === 'boolean' || type?.[''] === 'boolean')}`];
    if (Array.isArray(child) && child.every((item) => item === null || typeof item !== 'object')) {
      return [`${name} [${child.map((item) => (item === null ? 'null' : scalar(item))).join(', ')}]`];
    }
    const inner = lines(child, indent + '  ', type);
    return inner.length ? [name, ...inner] : [`${name} {}`];
  });
}

// The document. `types` says which keys are switches, whose `true` and `false` have no quotes.
export function document(tree, types) {
  const all = lines(tree, '', types);
  return all.length ? all.join('\n') + '\n' : '{}\n';
}

// Makes an element. Texts are texts, never markup.
export function element(name, attributes = {}, children = [], events = {}) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, value);
  }
  made.append(...children);
  for (const [event, handler] of Object.entries(events)) made.addEventListener(event, handler);
  return made;
}

// A text whose parts in backticks are code.
export function prose(text) {
  return text.split('`').map((part, at) => (at % 2 ? element('code', {}, [part]) : part));
}

// The files of a bundle as a tree: nested lists, a directory with its subdirectories and its files. Directories with
// nothing but one directory are one item.

import { element } from './element.js';

function tree(rows) {
  const top = { directories: new Map(), files: [] };
  for (const row of rows) {
    const parts = row.path.split('/');
    let node = top;
    for (const part of parts.slice(0, -1)) {
      if (!node.directories.has(part)) node.directories.set(part, { directories: new Map(), files: [] });
      node = node.directories.get(part);
    }
    node.files.push([row, parts.at(-1)]);
  }
  return top;
}

function list({ directories, files }, item) {
  const inner = [...directories].map(([name, node]) => {
    while (node.files.length === 0 && node.directories.size === 1) {
      const [[more, next]] = node.directories;
      [name, node] = [`${name}/${more}`, next];
    }
    return element('li', {}, [element('span', { class: 'directory' }, [`${name}/`]), list(node, item)]);
  });
  return element('ul', {}, [...inner, ...files.map(([row, name]) => item(row, name))]);
}

// `item` makes the element of a file from its row and its name. The files of the host come first, from its root.
export function directories(rows, item) {
  const { directories, files } = tree(rows);
  const host = directories.get('root');
  directories.delete('root');
  const onHost = host ? [...list({ directories: new Map([...host.directories].map(([name, node]) => [`/${name}`, node])), files: host.files }, item).children] : [];
  return element('ul', {}, [...onHost, ...list({ directories, files }, item).children]);
}

// The same parameters elsewhere: as a link, and as a command line.

// `registry.auth` is the only parameter of that name.
const SECRETS = ['passinit', 'auth'];

// A link has no secrets, and no user and password of a URL.
export function withoutSecrets(tree) {
  const clean = (value) => {
    if (Array.isArray(value)) return value.map(clean);
    if (value && typeof value === 'object') {
      return Object.fromEntries(Object.entries(value).filter(([key]) => !SECRETS.includes(key)).map(([key, child]) => [key, clean(child)]));
    }
    return typeof value === 'string' ? value.replace(/:\/\/[^/@\s]*@/g, '://') : value;
  };
  return clean(tree);
}

export function toFragment(tree) {
  const bytes = new TextEncoder().encode(JSON.stringify(withoutSecrets(tree)));
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return 'p=' + base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

export function fromFragment(fragment) {
  const encoded = new URLSearchParams(fragment.replace(/^#/, '')).get('p');
  if (!encoded || encoded.length > 200000) return null;
  try {
    const binary = atob(encoded.replaceAll('-', '+').replaceAll('_', '/'));
    const tree = JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))));
    return tree && typeof tree === 'object' && !Array.isArray(tree) ? withoutSecrets(tree) : null;
  } catch {
    return null;
  }
}

const quote = (text) => (/^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

// The command that renders the same bundle. What has no flag is in panel.yaml.
export function command(tree, hasPassword) {
  const words = ['panelgen', 'render'];
  const flags = { mail: '-m', panel: '-t', target: '--target', arch: '--arch', stack: '--stack' };
  let needsFile = false;
  const add = (path, value) => {
    if (path === 'domain') {
      for (const name of [value].flat()) words.push('-d', quote(String(name)));
    } else if (flags[path]) {
      words.push(flags[path], quote(String(value)));
    } else if (path === 'registry.auth') {
      words.push('--set', quote('registry.auth={file: registry.json}'));
    } else if (Array.isArray(value) || value === null) {
      needsFile = true;
    } else if (typeof value === 'object') {
      for (const [key, child] of Object.entries(value)) {
        if (/^[a-z0-9_]+$/.test(key)) add(path ? `${path}.${key}` : key, child);
        else needsFile = true;
      }
    } else {
      words.push('--set', quote(`${path}=${value}`));
    }
  };
  add('', tree);
  const rest = needsFile ? ['panelgen', 'render', '-f', 'panel.yaml'] : words;
  if (hasPassword) rest.push('--passinit-file', 'secret.txt');
  return [...rest, '-o', 'bundle/'].join(' ');
}

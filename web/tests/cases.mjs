// The cases of the snapshots, and the program that they are compared with.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root = new URL('../..', import.meta.url).pathname;
export const site = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'web');
export const binary = process.env.PANELGEN ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug/panelgen');
export const PASSWORD = 'correct horse battery staple';

const directory = mkdtempSync(join(tmpdir(), 'panelgen-web-'));
const secret = join(directory, 'secret.txt');
writeFileSync(secret, PASSWORD);

export const cases = readdirSync(join(root, 'snapshots'))
  .filter((name) => existsSync(join(root, 'snapshots', name, 'panel.yaml')))
  .map((name) => {
    const path = join(root, 'snapshots', name, 'panel.yaml');
    // A browser reads no file that the parameters name.
    const auth = () => JSON.stringify(readFileSync(join(root, 'snapshots', name, 'registry.json'), 'utf8'));
    const yaml = readFileSync(path, 'utf8').replace('{file: registry.json}', auth);
    return { name, path, yaml, hasPassword: /^passinit:/m.test(yaml) };
  });

// The bytes that the binary writes for a case. They are kept, because several tests ask for them.
const known = new Map();
export function rendered(one, format) {
  const key = `${one.name} ${format}`;
  if (!known.has(key)) known.set(key, written(one, format));
  return known.get(key);
}

function written({ path, hasPassword }, format) {
  const password = hasPassword ? ['--passinit-file', secret] : [];
  const args = format === 'svg' ? ['graph', '-f', path, ...password] : ['render', '-f', path, ...password, '--format', format, '-o', '-'];
  return execFileSync(binary, args, { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
}

let count = 0;

export function check(condition, message) {
  if (!condition) throw new Error(message);
  count += 1;
}

export const checks = () => count;

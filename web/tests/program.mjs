// The WebAssembly program in Node writes the same bytes as the binary, for every case and every format.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import * as program from '../page/program.js';
import { command, fromFragment, toFragment } from '../page/share.js';
import { PASSWORD, cases, check, checks, rendered, site } from './cases.mjs';

await program.load(new Uint8Array(readFileSync(join(site, 'panelgen.wasm'))));

const FORMATS = program.json({ op: 'schema' }).formats.map((format) => format.name);
check(FORMATS.length >= 10, `only the formats ${FORMATS}`);
check(cases.length > 20, `only ${cases.length} cases`);
for (const one of cases) {
  const answer = program.json({ op: 'render', yaml: one.yaml, password: one.hasPassword ? PASSWORD : '' });
  check(answer.files, `${one.name}: ${JSON.stringify(answer.diagnostics)}`);
  for (const format of FORMATS) {
    const [own, theirs] = [program.bytes({ op: 'download', format }), rendered(one, format)];
    check(own.length > 0 && Buffer.compare(own, theirs) === 0, `${one.name}: ${format} differs: ${own.length} and ${theirs.length} bytes`);
  }
}
const tree = { domain: 'a.example', passinit: 'hidden', registry: { prefix: 'r.example/x', auth: 'hidden' } };
const shared = JSON.stringify(fromFragment(toFragment(tree)));
check(shared.includes('r.example/x') && !shared.includes('hidden'), `a link has ${shared}`);
check(!command({ domain: tree.domain, registry: tree.registry }, true).includes('hidden'), 'a command has a secret');
const times = [];
for (let at = 0; at < 30; at += 1) {
  const began = performance.now();
  program.json({ op: 'render', yaml: `domain: h${at}.example.com\nnginx: {client_max_body_size: ${at + 1}m}\n` });
  times.push(performance.now() - began);
}
times.sort((a, b) => a - b);
console.log(`program: ${checks()} checks passed, ${cases.length} cases in ${FORMATS.length} formats; a rendering takes ${times[15].toFixed(1)} ms (median of 30, new plan each)`);

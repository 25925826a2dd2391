// A second program, in a worker: to explain a file it renders hundreds of variants, and the page goes on meanwhile.

import * as program from './program.js';

const loaded = program.load();

addEventListener('message', async ({ data: { number, yaml, password, path } }) => {
  let answer = null;
  await loaded;
  try {
    program.json({ op: 'render', yaml, password });
    answer = program.json({ op: 'explain', path });
  } catch {
    program.restart();
  }
  postMessage({ number, answer });
});

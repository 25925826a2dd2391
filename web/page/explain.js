// Questions to the worker.

let worker = null;
let number = 0;

// The parameters behind each line of a file, for the parameters `yaml`. An earlier question that has no answer yet gets none.
export function explain(question) {
  worker ??= new Worker(new URL('worker.js', import.meta.url), { type: 'module' });
  number += 1;
  const own = number;
  return new Promise((resolve) => {
    worker.onmessage = ({ data }) => data.number === own && resolve(data.answer);
    worker.postMessage({ number, ...question });
  });
}

// The generator: a request goes in, a response comes out. Nothing leaves the page.

let instance = null;
let module = null;

export async function load(source = new URL('panelgen.wasm', import.meta.url)) {
  const bytes = source instanceof Uint8Array ? source : new Uint8Array(await (await fetch(source)).arrayBuffer());
  module = await WebAssembly.compile(bytes);
  instance = await WebAssembly.instantiate(module, {});
}

// Sends a request and returns the bytes of the response. `payload` is the content of an opened file.
export function bytes(request, payload = new Uint8Array()) {
  const head = new TextEncoder().encode(JSON.stringify(request));
  const total = 4 + head.length + payload.length;
  const { reserve, answer, length, memory } = instance.exports;
  const at = reserve(total);
  const input = new Uint8Array(memory.buffer, at, total);
  new DataView(memory.buffer, at, 4).setUint32(0, head.length, true);
  input.set(head, 4);
  input.set(payload, 4 + head.length);
  const from = answer(at, total);
  return new Uint8Array(memory.buffer, from, length()).slice();
}

export function text(request, payload) {
  return new TextDecoder().decode(bytes(request, payload));
}

export function json(request, payload) {
  return JSON.parse(text(request, payload) || 'null');
}

// After a failure of the program its memory is not trusted: a new instance begins without a state.
export function restart() {
  instance = new WebAssembly.Instance(module, {});
}

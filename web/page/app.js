// The page: form at the left, result at the right. Every keystroke renders.

import { element, prose } from './element.js';
import { Form } from './form.js';
import * as program from './program.js';
import { Result, TABS } from './result.js';
import { fromFragment, toFragment } from './share.js';
import { load as loadTexts } from './texts.js';
import * as yaml from './yaml.js';

const PRESETS = {
  functions: {},
  ide: { panel: 'none' },
  proxy: { panel: 'none', code_server: { enabled: 'false' }, routes: [{ path: '/', upstream: 'http://127.0.0.1:3000' }] },
  pai: { panel: 'pai', mirror: 'https://mirror.example.com/panel' },
};

const $ = (id) => document.getElementById(id);
let form = null;
let result = null;
let texts = null;
let lintTimer = 0;
let last = { files: null };

// A hint such as "did you mean `x`?" or "write `x`": the value that it proposes.
function proposal(diagnostic) {
  const found = diagnostic.hint?.match(/^(?:did you mean|write|use) `([^`]+)`\??$/);
  return found && !/[=\s]/.test(found[1]) ? found[1] : null;
}

function problem(diagnostic, name) {
  const value = name && proposal(diagnostic);
  const hint = diagnostic.hint ?? '';
  const fields = form.fields.get(name);
  return element('div', { class: diagnostic.severity }, [
    element('p', {}, prose(diagnostic.message)),
    value && fields?.control && !['key-unknown'].includes(diagnostic.code)
      ? element('button', { type: 'button', class: 'apply' }, prose(hint), {
          click: () => {
            fields.control.value = value;
            fields.control.dispatchEvent(new Event(fields.control.tagName === 'SELECT' ? 'change' : 'input'));
            fields.control.focus();
          },
        })
      : element('p', { class: 'hint' }, prose(hint)),
    element('p', { class: 'code-name' }, [diagnostic.code]),
  ]);
}

function guarded(work) {
  try {
    return work();
  } catch (error) {
    program.restart();
    $('status').textContent = `${texts.get('failed')} ${error.message}`;
    return null;
  }
}

function update() {
  const began = performance.now();
  const text = yaml.document(form.tree, form.types());
  const answer = guarded(() => program.json({ op: 'render', yaml: text, password: form.secret }));
  if (!answer) return;
  const rest = form.show(answer.diagnostics, problem);
  $('other').replaceChildren(...rest.map((diagnostic) => problem(diagnostic, '')));
  const errors = answer.diagnostics.filter((one) => one.severity === 'error').length;
  $('status').classList.toggle('wrong', errors > 0);
  if (answer.files) {
    $('status').textContent = texts.get('files-made').replace('{count}', answer.files.filter((file) => !file.directory).length);
  } else {
    $('status').textContent = texts.get('rejected').replace('{count}', errors);
  }
  last = {
    files: answer.files,
    changes: answer.files ? program.json({ op: 'diff' }) : last.changes,
    findings: last.findings,
    tree: form.tree,
    yaml: text,
    hasPassword: Boolean(form.secret),
  };
  result.show(last);
  document.documentElement.dataset.milliseconds = Math.round((performance.now() - began) * 10) / 10;
  history.replaceState(null, '', `#${toFragment(form.tree)}`);
  clearTimeout(lintTimer);
  delete document.documentElement.dataset.linted;
  lintTimer = setTimeout(() => {
    if (!answer.files) return;
    result.find(guarded(() => program.json({ op: 'lint' })) ?? []);
    document.documentElement.dataset.linted = 'true';
  }, 300);
}

// Parameters as text, from a file.
function loadYaml(text) {
  const { tree, diagnostics } = program.json({ op: 'parse', yaml: text });
  const errors = diagnostics.filter((one) => one.severity === 'error');
  if (errors.length) {
    $('status').classList.add('wrong');
    $('other').replaceChildren(...errors.map((diagnostic) => problem(diagnostic, '')));
    $('status').textContent = texts.get('rejected').replace('{count}', errors.length);
    return;
  }
  if (typeof tree.passinit === 'string') form.secret = tree.passinit;
  delete tree.passinit;
  form.load(tree);
}

async function openFile(file) {
  if (file.size > 64 * 1024 * 1024) {
    $('status').textContent = texts.get('too-big');
    return;
  }
  const content = new Uint8Array(await file.arrayBuffer());
  const opened = guarded(() => program.json({ op: 'open' }, content));
  if (!opened) return;
  if (opened.error) $('status').textContent = opened.error;
  else if (opened.yaml) loadYaml(opened.yaml);
  else update();
  if (opened.bundle) result.open('changes');
}

function draw() {
  document.documentElement.lang = texts.language;
  for (const node of document.querySelectorAll('[data-text]')) node.textContent = texts.get(node.dataset.text);
  const preset = $('preset');
  preset.replaceChildren(preset.options[0], ...Object.keys(PRESETS).map((name) => element('option', { value: name }, [texts.get(`preset-${name}`)])));
  preset.value = '';
}

async function start() {
  const wanted = new URLSearchParams(location.search).get('lang') ?? (navigator.language.startsWith('zh') ? 'zh' : 'en');
  texts = await loadTexts(wanted);
  await program.load();
  draw();
  $('language').value = texts.language;
  const description = program.json({ op: 'schema' });
  result = new Result($('tabs'), $('panels'), description.formats, texts);
  result.keep = () => {
    program.json({ op: 'keep' });
    update();
  };
  result.password = () => form.secret;
  form = new Form($('sections'), description, texts, update);
  $('preset').addEventListener('change', ({ target }) => {
    if (!target.value) return;
    const { domain, mail } = form.tree;
    form.load({ ...(domain && { domain }), ...(mail && { mail }), ...PRESETS[target.value] });
  });
  $('language').addEventListener('change', async ({ target }) => {
    texts = await loadTexts(target.value);
    form.texts = texts;
    result.texts = texts;
    draw();
    form.draw();
    update();
  });
  $('open').addEventListener('change', async ({ target }) => {
    if (target.files[0]) await openFile(target.files[0]);
    target.value = '';
  });
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', async (event) => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) await openFile(event.dataTransfer.files[0]);
  });
  addEventListener('hashchange', () => {
    const tree = fromFragment(location.hash);
    if (tree && JSON.stringify(tree) !== JSON.stringify(form.tree)) form.load(tree);
  });
  form.load(fromFragment(location.hash) ?? { domain: 'example.com' });
  program.json({ op: 'keep' });
  update();
  document.documentElement.dataset.ready = 'true';
}

start().catch((error) => {
  $('status').textContent = `${error}`;
});

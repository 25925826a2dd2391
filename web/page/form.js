// The form, generated from the schema. It keeps the parameters as a tree: only what differs from the defaults is in it.

import { element, prose } from './element.js';

const scalarTypes = (schema) => [schema.type ?? []].flat();

// The alternative that is a map.
const mapOf = (schema) => schema.anyOf?.find((one) => one.properties);

// What a schema asks for. A switchable section is a map or `false`.
function kindOf(schema) {
  if (schema.anyOf) {
    const list = schema.anyOf.find((one) => one.type === 'array');
    if (list?.items?.properties) return 'records';
    if (list) return 'list';
    return mapOf(schema) && schema.anyOf.some((one) => one.type === 'boolean') ? 'switchable' : 'text';
  }
  if (schema.properties) return 'section';
  if (schema.additionalProperties && typeof schema.additionalProperties === 'object') return 'other';
  if (schema.enum) return 'choice';
  if (scalarTypes(schema).includes('boolean')) return 'switch';
  return 'text';
}

export class Form {
  constructor(root, { schema, targets }, texts, changed) {
    Object.assign(this, { root, schema, targets, texts, changed, tree: {} });
    this.fields = new Map();
  }

  // The types of switches, for the writer of panel.yaml. The name '' is that of a map itself.
  types(schema = this.schema) {
    const out = {};
    for (const [name, child] of Object.entries(schema.properties ?? {})) {
      const kind = kindOf(child);
      if (kind === 'switch') out[name] = 'boolean';
      else if (kind === 'section') out[name] = this.types(child);
      else if (kind === 'switchable') out[name] = { ...this.types(mapOf(child)), '': 'boolean' };
      else if (kind === 'records') out[name] = { items: this.types(child.anyOf.find((one) => one.items).items) };
    }
    return out;
  }

  get(path) {
    return path.reduce((node, name) => node?.[name], this.tree);
  }

  set(path, value) {
    const [last, ...up] = [...path].reverse();
    const ways = up.reverse();
    let node = this.tree;
    for (const name of ways) node = node[name] ??= {};
    if (value === undefined) delete node[last];
    else node[last] = value;
    // A section without values is not in the document.
    for (let depth = ways.length; depth > 0; depth -= 1) {
      const parent = ways.slice(0, depth - 1).reduce((at, name) => at[name], this.tree);
      const child = parent[ways[depth - 1]];
      if (child && !Array.isArray(child) && typeof child === 'object' && Object.keys(child).length === 0) delete parent[ways[depth - 1]];
    }
    this.changed();
  }

  // Replaces all parameters.
  load(tree) {
    this.tree = structuredClone(tree);
    this.draw();
    this.changed();
  }

  draw() {
    const open = new Set([...this.root.querySelectorAll('details[open]')].map((one) => one.dataset.path));
    this.fields.clear();
    this.root.replaceChildren();
    const order = ['domain', 'mail', 'panel', 'target', 'arch', 'stack', 'passinit', 'routes', 'code_server', 'faasd', 'tls', 'nginx'];
    const names = Object.keys(this.schema.properties);
    names.sort((a, b) => ((order.indexOf(a) + 99) % 99) - ((order.indexOf(b) + 99) % 99) || a.localeCompare(b));
    for (const name of names) this.root.append(this.field([name], this.schema.properties[name]));
    for (const details of this.root.querySelectorAll('details')) {
      details.open = open.has(details.dataset.path) || (this.get(details.dataset.path.split('.')) !== undefined && details.dataset.path === 'routes');
    }
  }

  title(path) {
    return this.texts.field(path.filter((part) => typeof part !== 'number').join('.')) ?? String(path.at(-1)).replaceAll('_', ' ');
  }

  help(path, schema) {
    return this.texts.help(path.filter((part) => typeof part !== 'number').join('.')) ?? schema.description ?? '';
  }

  field(path, schema) {
    if (path.join('.') === 'passinit') return this.password();
    const kind = kindOf(schema);
    if (kind === 'section' || kind === 'switchable') {
      const properties = schema.properties ?? mapOf(schema).properties;
      const fields = Object.entries(properties).map(([name, child]) => this.field([...path, name], child));
      if (kind === 'switchable') fields.unshift(this.switchOf(path, fields));
      return element('details', { 'data-path': path.join('.') }, [
        element('summary', {}, [this.title(path)]),
        element('p', { class: 'help' }, prose(this.help(path, schema))),
        ...fields,
      ]);
    }
    if (kind === 'records') return this.records(path, schema.anyOf.find((one) => one.items).items, schema);
    return this.labelled(path, schema, this.control(path, schema, kind));
  }

  // The switch of a section: without it, the fields of the section have no meaning.
  switchOf(path, fields) {
    const select = element('select', {}, [
      element('option', { value: '' }, [`${this.texts.get('default')}: ${this.texts.value('', 'true')}`]),
      element('option', { value: 'false' }, [this.texts.value('', 'false')]),
    ]);
    select.value = this.get(path) === 'false' ? 'false' : '';
    const enable = () => {
      for (const field of fields) for (const control of field.querySelectorAll('input, select, textarea')) if (control !== select) control.disabled = select.value === 'false';
    };
    enable();
    select.addEventListener('change', () => {
      enable();
      if (select.value) return this.set(path, 'false');
      this.set(path, undefined);
      this.draw();
      this.root.querySelector(`#field-${path.join('-')}`).focus();
    });
    return this.labelled(path, { description: '' }, select, this.texts.get('enabled'));
  }

  labelled(path, schema, control, title = this.title(path)) {
    const id = `field-${path.join('-')}`;
    control.id = id;
    control.setAttribute('aria-describedby', `${id}-help ${id}-problem`);
    const problem = element('div', { class: 'problem', id: `${id}-problem` });
    this.fields.set(path.join('.'), { control, problem });
    return element('div', { class: 'field' }, [
      element('label', { for: id }, [title]),
      control,
      element('p', { class: 'help', id: `${id}-help` }, prose(schema.description === '' ? '' : this.help(path, schema))),
      problem,
    ]);
  }

  control(path, schema, kind) {
    const value = this.get(path);
    const on = (control, event, read) => {
      control.addEventListener(event, () => this.set(path, read(control)));
      return control;
    };
    const texts = this.texts;
    if (kind === 'switch' || kind === 'choice') {
      const hidden = ['0', '1', 'x86_64', 'aarch64'];
      const targets = this.targets.map((target) => target.name);
      let values = kind === 'switch' ? ['true', 'false'] : schema.enum.filter((one) => typeof one === 'string' && !hidden.includes(one));
      if (path.join('.') === 'target') values = targets;
      if (typeof value === 'string' && !values.includes(value)) values = [...values, value];
      const name = (one) => this.targets.find((target) => target.name === one)?.title ?? texts.value(path.join('.'), one);
      const standard = schema.default === undefined ? texts.get('default') : `${texts.get('default')}: ${name(String(schema.default))}`;
      const options = [element('option', { value: '' }, [standard]), ...values.map((one) => element('option', { value: one }, [name(one)]))];
      const select = element('select', {}, options);
      select.value = value ?? '';
      return on(select, 'change', (control) => control.value || undefined);
    }
    const example = schema.default ?? schema.examples?.[0];
    const placeholder = example === undefined ? '' : [example].flat().join('\n');
    if (kind === 'list') {
      const area = element('textarea', { rows: path[0] === 'domain' ? 2 : 3, placeholder, spellcheck: 'false' });
      area.value = [value ?? []].flat().join('\n');
      return on(area, 'input', (control) => {
        const items = control.value.split('\n').map((line) => line.trim()).filter(Boolean);
        return items.length === 0 ? undefined : items.length === 1 && path[0] === 'domain' ? items[0] : items;
      });
    }
    if (kind === 'other') {
      const area = element('textarea', { rows: 3, placeholder: example === undefined ? '' : JSON.stringify(example), spellcheck: 'false' });
      area.value = value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value, null, 2);
      return on(area, 'input', (control) => parsed(control.value));
    }
    const input = element('input', { type: 'text', placeholder, spellcheck: 'false', autocapitalize: 'none' });
    if (scalarTypes(schema).includes('integer') && schema.maximum) input.inputMode = 'numeric';
    input.value = value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : value;
    return on(input, 'input', (control) => parsed(control.value));
  }

  // A password is in no document and in no link.
  password() {
    const input = element('input', { type: 'password', autocomplete: 'new-password', spellcheck: 'false' });
    input.value = this.secret ?? '';
    input.addEventListener('input', () => {
      this.secret = input.value;
      this.changed();
    });
    return this.labelled(['passinit'], this.schema.properties.passinit, input);
  }

  // A list of records, such as routes.
  records(path, item, schema) {
    const rows = [this.get(path) ?? []].flat();
    const list = rows.map((row, at) =>
      element('fieldset', {}, [
        element('legend', {}, [`${this.title(path)} ${at + 1}`]),
        ...Object.entries(item.properties).map(([name, child]) => this.field([...path, at, name], child)),
        element('button', { type: 'button', class: 'remove', 'aria-label': `${this.texts.get('remove')}: ${this.title(path)} ${at + 1}` }, [this.texts.get('remove')], {
          click: () => {
            const left = rows.filter((_, index) => index !== at);
            this.set(path, left.length ? left : undefined);
            this.draw();
            this.changed();
          },
        }),
      ]),
    );
    const problem = element('div', { class: 'problem' });
    this.fields.set(path.join('.'), { control: null, problem });
    const add = element('button', { type: 'button' }, [this.texts.get('add')], {
      click: () => {
        this.set(path, [...rows, {}]);
        this.draw();
        this.root.querySelector(`[data-path="${path.join('.')}"]`).open = true;
        this.root.querySelector(`#field-${path.join('-')}-${rows.length}-${Object.keys(item.properties)[0]}`)?.focus();
      },
    });
    return element('details', { 'data-path': path.join('.') }, [
      element('summary', {}, [this.title(path)]),
      element('p', { class: 'help' }, prose(this.help(path, schema))),
      ...list,
      problem,
      add,
    ]);
  }

  // Puts each diagnostic beside its field, and returns those without one.
  show(diagnostics, apply) {
    const rest = [];
    const byField = new Map();
    for (const diagnostic of diagnostics) {
      const path = (diagnostic.parameter ?? '').replaceAll('[', '.').replaceAll(']', '');
      let name = path;
      while (name && !this.fields.has(name)) name = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : '';
      if (name) byField.set(name, [...(byField.get(name) ?? []), diagnostic]);
      else rest.push(diagnostic);
    }
    for (const [name, { control, problem }] of this.fields) {
      const mine = byField.get(name) ?? [];
      const isWrong = mine.some((diagnostic) => diagnostic.severity === 'error');
      if (control) isWrong ? control.setAttribute('aria-invalid', 'true') : control.removeAttribute('aria-invalid');
      const wanted = JSON.stringify(mine);
      if (problem.dataset.shown === wanted) continue;
      problem.dataset.shown = wanted;
      problem.replaceChildren(...mine.map((diagnostic) => apply(diagnostic, name)));
      if (mine.length) for (let up = problem.closest('details'); up; up = up.parentElement.closest('details')) up.classList.toggle('wrong', isWrong);
    }
    for (const details of this.root.querySelectorAll('details')) {
      details.classList.toggle('wrong', details.querySelector('[aria-invalid]') !== null);
    }
    return rest;
  }
}

// The value of a text field: a map that is written as JSON, or the text.
function parsed(text) {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{')) return trimmed || undefined;
  try {
    return stringified(JSON.parse(trimmed));
  } catch {
    return trimmed;
  }
}

// Numbers and switches of a JSON text as the texts that the program reads.
function stringified(value) {
  if (Array.isArray(value)) return value.map(stringified);
  if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, stringified(child)]));
  return value === null ? null : String(value);
}

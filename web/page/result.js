// What the parameters make: files, picture, changes, findings, downloads.

import { color } from './color.js';
import { directories } from './directories.js';
import { element, prose } from './element.js';
import { explain } from './explain.js';
import * as program from './program.js';
import { command, toFragment } from './share.js';

export const TABS = ['files', 'picture', 'changes', 'findings', 'take'];

export class Result {
  constructor(tabs, panels, formats, texts) {
    Object.assign(this, { tabs, texts, formats, listed: [], selected: 'root/etc/nginx/conf.d/default.conf' });
    this.panels = new Map();
    for (const name of TABS) {
      const panel = element('div', { id: `panel-${name}`, role: 'tabpanel', 'aria-labelledby': `tab-${name}`, tabindex: '0' });
      panels.append(panel);
      this.panels.set(name, panel);
      const tab = element('button', { id: `tab-${name}`, type: 'button', role: 'tab', 'aria-controls': `panel-${name}` }, [], {
        click: () => this.open(name),
        keydown: (event) => this.move(event, name),
      });
      tabs.append(tab);
    }
    this.open('files');
  }

  get panel() {
    return this.panels.get(this.current);
  }

  open(name) {
    this.current = name;
    for (const other of TABS) {
      const tab = this.tabs.querySelector(`#tab-${other}`);
      tab.setAttribute('aria-selected', String(other === name));
      tab.tabIndex = other === name ? 0 : -1;
      this.label(other);
      this.panels.get(other).hidden = other !== name;
    }
    if (this.state) this[name]();
  }

  move(event, name) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = TABS[(TABS.indexOf(name) + step + TABS.length) % TABS.length];
    this.open(next);
    this.tabs.querySelector(`#tab-${next}`).focus();
  }

  // Shows a new state. A rejected one leaves the last good one visible, marked as old.
  show(state) {
    this.state = state;
    const { files, changes, findings } = state;
    if (files) this.listed = files;
    this.counts = { changes: changes?.changes.length ?? 0, findings: findings?.length ?? 0 };
    for (const panel of this.panels.values()) panel.classList.toggle('old', !files);
    this.open(this.current);
  }

  // Shows findings, which come after the state. Only their own panel is drawn again: the others keep what was opened.
  find(findings) {
    this.state.findings = findings;
    this.counts.findings = findings.length;
    if (this.current === 'findings') this.open('findings');
    else this.label('findings');
  }

  label(name) {
    const count = this.counts?.[name];
    this.tabs.querySelector(`#tab-${name}`).textContent = this.texts.get(`tab-${name}`) + (count ? ` (${count})` : '');
  }

  text(path) {
    return new TextDecoder().decode(program.bytes({ op: 'file', path }));
  }

  files() {
    const rows = this.listed.filter((file) => !file.directory);
    // Files of the host first.
    rows.sort((a, b) => b.path.startsWith('root/') - a.path.startsWith('root/'));
    if (!rows.some((file) => file.path === this.selected)) this.selected = rows[0]?.path;
    const changed = new Map((this.state.changes?.changes ?? []).map((change) => [change.path, change]));
    const item = (file, name) => {
      const mark = { added: '+', changed: '~', removed: '−' }[changed.get(file.path)?.change] ?? (changed.has(file.path) ? '~' : '');
      const button = element('button', { type: 'button', 'aria-current': file.path === this.selected ? 'true' : undefined, class: mark && 'marked', title: file.path.replace(/^root\//, '/') }, [mark ? `${mark} ` : '', name], {
        click: () => {
          this.selected = file.path;
          this.files();
          this.panel.querySelector('[aria-current]').focus();
        },
      });
      return element('li', {}, [button]);
    };
    const file = rows.find((one) => one.path === this.selected);
    if (!file) return this.panel.replaceChildren();
    const facts = [file.mode, file.component, file.on_change, `${file.size} B`].filter(Boolean).join(' · ');
    const side = element('aside', { id: 'origin', 'aria-live': 'polite' }, [this.texts.get('explain-hint')]);
    const scroll = [...this.panel.querySelectorAll('nav, ol.code')].map((one) => [one.scrollTop, one.scrollLeft]);
    const isSame = this.panel.querySelector('ol.code')?.getAttribute('aria-label') === file.path;
    this.panel.replaceChildren(
      element('nav', { 'aria-label': this.texts.get('tab-files') }, [directories(rows, item)]),
      element('div', { class: 'content' }, [
        element('div', { class: 'file-head' }, [
          element('h3', {}, [file.path.replace(/^root\//, '/')]),
          element('p', { class: 'help' }, [facts]),
          file.secret ? '' : this.copyButton(() => this.text(file.path)),
        ]),
        file.secret ? element('p', {}, [this.texts.get('secret-file')]) : this.code(file, changed.get(file.path)),
        side,
      ]),
    );
    // A file that is drawn again stays where it was scrolled to.
    for (const [at, one] of [...this.panel.querySelectorAll('nav, ol.code')].entries()) {
      if (scroll[at] && (at === 0 || isSame)) [one.scrollTop, one.scrollLeft] = scroll[at];
    }
  }

  code(file, change) {
    const added = new Set();
    let number = 0;
    for (const line of (change?.diff ?? '').split('\n')) {
      const head = line.match(/^@@ -\S+ \+(\d+)/);
      if (head) number = Number(head[1]);
      else if (number && line.startsWith('+')) added.add(number++);
      else if (number && line.startsWith(' ')) number += 1;
    }
    const lines = this.text(file.path).replace(/\n$/, '').split('\n');
    const shown = lines.slice(0, 3000);
    const rows = shown.map((line, at) => {
      const button = element('button', { type: 'button', class: 'number', 'aria-label': `${this.texts.get('line')} ${at + 1}` }, [String(at + 1)], {
        click: () => this.explain(file, at),
      });
      return element('li', { class: added.has(at + 1) ? 'added' : undefined }, [button, element('code', {}, [color(line, file.path), '\n'])]);
    });
    return element('ol', { class: 'code', tabindex: '0', 'aria-label': file.path }, rows);
  }

  // The answer for a whole file is kept. It takes a while: the page shows that it waits, and goes on.
  async explain(file, at) {
    const { state } = this;
    const side = this.panel.querySelector('#origin');
    if (this.explained?.path === file.path && this.explained.state === state) return this.origin(side, at);
    side.replaceChildren('…');
    const answer = await explain({ yaml: state.yaml, password: this.password(), path: file.path });
    if (this.state !== state || !side.isConnected) return;
    this.explained = { path: file.path, state, answer };
    this.origin(side, at);
  }

  // The template's line behind a line, and its parameters.
  origin(side, at) {
    const { answer } = this.explained;
    const line = answer?.lines[at];
    const names = [...new Set((line?.parameters ?? []).map((one) => one.parameter))];
    side.replaceChildren(
      element('h4', {}, [`${this.texts.get('line')} ${at + 1}`]),
      element('p', {}, [answer?.template ? `${answer.template}${line?.template ? `:${line.template}` : ''}` : this.texts.get('explain-generated')]),
      names.length
        ? element('ul', {}, names.map((name) => element('li', {}, [element('button', { type: 'button' }, [name], { click: () => this.focusField(name) })])))
        : element('p', {}, [this.texts.get('explain-fixed')]),
    );
  }

  focusField(name) {
    const field = document.getElementById(`field-${name.replaceAll(/[.[]/g, '-').replaceAll(']', '')}`);
    if (!field) return;
    for (let up = field.closest('details'); up; up = up.parentElement.closest('details')) up.open = true;
    field.focus();
  }

  picture() {
    const svg = program.text({ op: 'picture' });
    if (!svg) return;
    const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml');
    this.panel.replaceChildren(document.importNode(parsed.documentElement, true));
  }

  changes() {
    const { changes } = this.state;
    const keep = element('button', { type: 'button' }, [this.texts.get('keep')], { click: () => this.keep() });
    if (!changes || changes.same) {
      this.panel.replaceChildren(element('p', {}, [this.texts.get(changes ? 'same' : 'no-baseline')]), keep);
      return;
    }
    const steps = changes.impact.steps.map((step) => element('li', {}, [element('strong', {}, [step.step]), step.cost ? ` – ${step.cost}` : '']));
    const list = changes.changes.map((change) => {
      const count = change.added === null ? '' : ` +${change.added} −${change.removed}`;
      return element('details', {}, [
        element('summary', {}, [element('span', { class: 'mark' }, [this.texts.get(`change-${change.change}`)]), ' ', change.path.replace(/^root\//, '/'), element('span', { class: 'help' }, [count])]),
        change.diff ? element('pre', { tabindex: '0' }, change.diff.split('\n').map((line) => element('span', { class: { '+': 'added', '-': 'removed', '@': 'hunk' }[line[0]] }, [line, '\n']))) : element('p', {}, [this.texts.get('secret-file')]),
      ]);
    });
    this.panel.replaceChildren(
      element('h3', {}, [this.texts.get('actions')]),
      steps.length ? element('ol', { class: 'steps' }, steps) : element('p', {}, [this.texts.get('no-actions')]),
      element('h3', {}, [this.texts.get('tab-changes')]),
      ...list,
      keep,
    );
  }

  findings() {
    const { findings } = this.state;
    if (!findings?.length) {
      this.panel.replaceChildren(element('p', {}, [this.texts.get('no-findings')]));
      return;
    }
    const rows = findings.map((one) => {
      const at = one.location?.file ? `${one.location.file}:${one.location.line}` : '';
      return element('li', {}, [element('strong', {}, [`${one.severity}[${one.code}]`]), ' ', ...prose(one.message), ' ', element('code', {}, [at]), element('p', { class: 'help' }, prose(one.hint ?? ''))]);
    });
    this.panel.replaceChildren(element('ul', { class: 'findings' }, rows));
  }

  copyButton(read) {
    const button = element('button', { type: 'button' }, [this.texts.get('copy')], {
      click: async () => {
        await navigator.clipboard.writeText(read());
        button.textContent = this.texts.get('copied');
        setTimeout(() => (button.textContent = this.texts.get('copy')), 1500);
      },
    });
    return button;
  }

  content(format) {
    return format === 'yaml' ? new TextEncoder().encode(this.state.yaml) : program.bytes({ op: 'download', format });
  }

  take() {
    const { tree, hasPassword } = this.state;
    const formats = [{ name: 'yaml', file: 'panel.yaml' }, ...this.formats];
    const buttons = formats.map(({ name, file }) =>
      element('button', { type: 'button', 'data-format': name }, [file], {
        click: () => {
          const url = URL.createObjectURL(new Blob([this.content(name)], { type: 'application/octet-stream' }));
          const link = element('a', { href: url, download: file });
          document.body.append(link);
          link.click();
          link.remove();
          setTimeout(() => URL.revokeObjectURL(url), 60000);
        },
      }),
    );
    const line = command(tree, hasPassword);
    const link = `${location.origin === 'null' ? '' : location.origin}${location.pathname}#${toFragment(tree)}`;
    const sizes = element('ul', { id: 'sizes' }, [element('li', {}, ['…'])]);
    this.panel.replaceChildren(
      element('h3', {}, [this.texts.get('downloads')]),
      element('div', { class: 'downloads' }, buttons),
      sizes,
      element('h3', {}, [this.texts.get('command')]),
      element('pre', { id: 'command', tabindex: '0' }, [line]),
      this.copyButton(() => line),
      element('h3', {}, [this.texts.get('link')]),
      element('p', { class: 'help' }, [this.texts.get('link-help')]),
      element('p', {}, [element('a', { id: 'link', href: link }, [link.length > 120 ? `${link.slice(0, 120)}…` : link])]),
      this.copyButton(() => link),
    );
    clearTimeout(this.measuring);
    this.measuring = setTimeout(() => {
      const found = program.json({ op: 'sizes' });
      if (!found) return;
      const row = (name, size, too) => {
        const fits = too.length ? `${this.texts.get('too-large')} ${too.join(', ')}` : this.texts.get('fits');
        return element('li', {}, [element('code', {}, [name]), `: ${size.toLocaleString(this.texts.language)} B, ${fits}`]);
      };
      sizes.replaceChildren(
        row('cloud-config.yaml', found.plain, found.too_large_plain),
        row('cloud-config.yaml.gz', found.packed, found.too_large_packed),
      );
    }, 400);
  }
}

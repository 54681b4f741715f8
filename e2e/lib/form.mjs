// A form on a page, filled in and sent the way a browser without JavaScript does it.

import { all, attribute, has, isTag, rawTextOf, textOf } from './html.mjs';

const BUTTON_TYPES = new Set(['submit', 'image']);
const IGNORED_TYPES = new Set(['button', 'reset', 'submit', 'image']);

const typeOf = (element) => (element.name === 'input' ? (attribute(element, 'type') ?? 'text').toLowerCase()
  : element.name === 'button' ? (attribute(element, 'type') ?? 'submit').toLowerCase() : element.name);

function inDisabledFieldset(element) {
  for (let node = element.parent; node; node = node.parent) {
    if (isTag(node) && node.name === 'fieldset' && has(node, 'disabled')) return true;
  }
  return false;
}

function within(element, ancestor) {
  for (let node = element; node; node = node.parent) if (node === ancestor) return true;
  return false;
}

export class Form {
  #page;

  #controls;

  #buttons;

  /** Entries that the page does not have, for hostile requests. */
  #extra = [];

  #omitted = new Set();

  constructor(page, element) {
    this.#page = page;
    this.element = element;
    const id = attribute(element, 'id');
    const candidates = all(page.document, 'input, select, textarea, button').filter((control) => {
      const owner = attribute(control, 'form');
      return owner === undefined ? within(control, element) : owner === id;
    });
    this.#controls = candidates
      .filter((control) => !IGNORED_TYPES.has(typeOf(control)))
      .map((control) => this.#read(control));
    this.#buttons = candidates.filter((control) => BUTTON_TYPES.has(typeOf(control)) && !has(control, 'disabled'));
  }

  #read(element) {
    const control = {
      element, name: attribute(element, 'name') ?? '', type: typeOf(element),
      disabled: has(element, 'disabled') || inDisabledFieldset(element),
    };
    if (control.type === 'checkbox' || control.type === 'radio') {
      control.value = attribute(element, 'value') ?? 'on';
      control.checked = has(element, 'checked');
    } else if (control.type === 'select') {
      control.multiple = has(element, 'multiple');
      control.options = all(element, 'option').map((option) => ({
        value: attribute(option, 'value') ?? textOf(option), label: textOf(option), selected: has(option, 'selected'),
        disabled: has(option, 'disabled'),
      }));
      if (!control.multiple) {
        // Of several `selected` the last one counts; of none, the first option that can be chosen.
        const chosen = control.options.findLast((option) => option.selected)
          ?? control.options.find((option) => !option.disabled);
        for (const option of control.options) option.selected = option === chosen;
      }
    } else {
      control.value = control.type === 'textarea' ? rawTextOf(element) : attribute(element, 'value') ?? '';
      if (control.type === 'file') control.value = null;
    }
    return control;
  }

  get action() {
    return new URL(attribute(this.element, 'action') || this.#page.url, this.#page.baseUrl).href;
  }

  get method() {
    return (attribute(this.element, 'method') ?? 'get').toUpperCase();
  }

  /** Names of all fields, once each. */
  get names() {
    return [...new Set(this.#controls.map((control) => control.name).filter(Boolean))];
  }

  /** Values on offer for radios, checkboxes or a select of this name. */
  options(name) {
    return this.#named(name).flatMap((control) => control.options?.map((option) => option.value) ?? [control.value]);
  }

  /** The current value: a string, a list for checkboxes and multiple selects, undefined for radios with none chosen. */
  value(name) {
    const controls = this.#named(name);
    const [{ type, multiple, options }] = controls;
    if (type === 'checkbox') return controls.filter((control) => control.checked).map((control) => control.value);
    if (type === 'radio') return controls.find((control) => control.checked)?.value;
    if (type === 'select') {
      const chosen = options.filter((option) => option.selected).map((option) => option.value);
      return multiple ? chosen : chosen[0];
    }
    return controls[0].value;
  }

  #named(name) {
    const found = this.#controls.filter((control) => control.name === name);
    if (!found.length) throw new Error(`no field “${name}” in the form of ${this.#page.url}; it has ${this.names.join(', ')}`);
    return found;
  }

  /**
   * Sets fields by name, as a person could: a value that is not on offer is an error.
   * Checkboxes and multiple selects take a list (or `true`/`false` for a single box), files `{filename, type, data}`.
   */
  fill(values) {
    for (const [name, given] of Object.entries(values)) {
      const controls = this.#named(name);
      const { type } = controls[0];
      if (controls.every((control) => control.disabled)) throw new Error(`field “${name}” is disabled`);
      if (type === 'checkbox') this.#choose(name, controls, given === true ? [controls[0].value] : given === false ? [] : [given].flat().map(String));
      else if (type === 'radio') this.#choose(name, controls, [String(given)]);
      else if (type === 'select') this.#chooseOptions(name, controls[0], [given].flat().map(String));
      else if (Array.isArray(given)) given.forEach((value, i) => { controls[i].value = value; });
      else controls[0].value = typeof given === 'object' ? given : String(given);
    }
    return this;
  }

  #choose(name, controls, wanted) {
    for (const value of wanted) {
      if (!controls.some((control) => control.value === value)) {
        throw new Error(`“${value}” is not on offer for “${name}”: ${controls.map((control) => control.value).join(', ')}`);
      }
    }
    for (const control of controls) control.checked = wanted.includes(control.value);
  }

  #chooseOptions(name, control, wanted) {
    for (const value of wanted) {
      if (!control.options.some((option) => option.value === value)) {
        throw new Error(`“${value}” is not on offer for “${name}”: ${control.options.map((option) => option.value).join(', ')}`);
      }
    }
    for (const option of control.options) option.selected = wanted.includes(option.value);
  }

  /** Hostile: replaces a field by whatever values, on offer or not, there or not. */
  force(name, ...values) {
    this.#omitted.add(name);
    this.#extra = this.#extra.filter(([other]) => other !== name).concat(values.map((value) => [name, value]));
    return this;
  }

  /** Hostile: leaves a field out. */
  omit(name) {
    return this.force(name);
  }

  /** What would be sent: `[name, value]` in the order of the document. */
  entries(button) {
    const entries = [];
    for (const control of this.#controls) {
      if (!control.name || control.disabled || this.#omitted.has(control.name)) continue;
      if (control.type === 'checkbox' || control.type === 'radio') {
        if (control.checked) entries.push([control.name, control.value]);
      } else if (control.type === 'select') {
        for (const option of control.options) if (option.selected && !option.disabled) entries.push([control.name, option.value]);
      } else if (control.type === 'file') {
        entries.push([control.name, control.value ?? { filename: '', type: 'application/octet-stream', data: '' }]);
      } else entries.push([control.name, control.type === 'textarea' ? control.value.replace(/\r\n|\r|\n/g, '\r\n') : control.value]);
    }
    const buttonName = button && attribute(button, 'name');
    if (buttonName && !this.#omitted.has(buttonName)) entries.push([buttonName, attribute(button, 'value') ?? '']);
    return entries.concat(this.#extra);
  }

  #button(which) {
    if (which === undefined) return this.#buttons[0];
    const found = typeof which === 'string'
      ? all(this.#page.document, which).find((element) => this.#buttons.includes(element))
      : this.#buttons.find((button) => attribute(button, 'name') === which.name
        && (which.value === undefined || attribute(button, 'value') === which.value));
    if (!found) throw new Error(`no such button in the form of ${this.#page.url}: ${JSON.stringify(which)}`);
    return found;
  }

  /**
   * Sends the form by its first button, as the Enter key does, or by the one given as a selector or `{name, value}`.
   * `options` go to `Client.request` (`follow`, `headers`, `site`).
   */
  submit(which, options = {}) {
    const button = this.#button(which);
    const own = (name, fallback) => (button && attribute(button, `form${name}`)) ?? fallback;
    const method = own('method', this.method).toUpperCase();
    const action = new URL(own('action', this.action), this.#page.baseUrl);
    const entries = this.entries(button);
    const request = { from: this.#page, ...options };
    if (method === 'GET') {
      action.search = new URLSearchParams(entries.map(([name, value]) => [name, value.filename ?? value])).toString();
      return this.#page.client.request(action.href, request);
    }
    const enctype = own('enctype', attribute(this.element, 'enctype') ?? 'application/x-www-form-urlencoded').toLowerCase();
    if (enctype === 'multipart/form-data') {
      const boundary = `----veche${Math.random().toString(16).slice(2)}`;
      return this.#page.client.request(action.href, {
        ...request, method, body: multipart(entries, boundary),
        headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, ...options.headers },
      });
    }
    return this.#page.client.request(action.href, {
      ...request, method, body: new URLSearchParams(entries.map(([name, value]) => [name, value.filename ?? value])).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...options.headers },
    });
  }
}

function multipart(entries, boundary) {
  const quote = (text) => text.replace(/"/g, '%22').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
  const parts = entries.flatMap(([name, value]) => (typeof value === 'object'
    ? [`--${boundary}\r\nContent-Disposition: form-data; name="${quote(name)}"; filename="${quote(value.filename)}"\r\nContent-Type: ${value.type}\r\n\r\n`, value.data, '\r\n']
    : [`--${boundary}\r\nContent-Disposition: form-data; name="${quote(name)}"\r\n\r\n${value}\r\n`]));
  return Buffer.concat([...parts, `--${boundary}--\r\n`].map((part) => Buffer.from(part)));
}

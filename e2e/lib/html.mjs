// HTML read as a browser reads it (parse5 follows the standard's parser), with CSS selectors on top.

import { selectAll, selectOne } from 'css-select';
import { getAttributeValue, hasAttrib, textContent } from 'domutils';
import { parse } from 'parse5';
import { adapter } from 'parse5-htmlparser2-tree-adapter';

export const parseHtml = (text) => parse(text, { treeAdapter: adapter });
export const all = (node, selector) => selectAll(selector, node);
export const one = (node, selector) => selectOne(selector, node);
export const attribute = (element, name) => getAttributeValue(element, name);
export const has = (element, name) => hasAttrib(element, name);
export const isTag = (node) => node.name !== undefined && node.attribs !== undefined;

/** The text a reader would see, roughly: white space collapsed. */
export const textOf = (node) => textContent(node).replace(/\s+/g, ' ').trim();
export const rawTextOf = (node) => textContent(node);

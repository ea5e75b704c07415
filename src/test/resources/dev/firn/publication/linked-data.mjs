// Prints a line a document: `true`, or what independent readers have against it. Croissant documents are
// expanded by jsonld.js and held against SHACL shapes; RO-Crates are expanded with the context that the
// package ro-crate brings, in the safe mode in which no term may be lost, and shown to its validator.
// Usage: SHAPES DOCUMENTS
import fs from 'fs';
import jsonld from 'jsonld';
import { Parser, Store } from 'n3';
import SHACLValidator from 'rdf-validate-shacl';

const [shapesFile, documents] = process.argv.slice(2);
const context = JSON.parse(fs.readFileSync('node_modules/ro-crate/lib/context.json'));
const terms = new Set(Object.values(context['@context']).map(t => (t['@id'] ?? t).replace('http://schema', 'https://schema')));
const parse = (text, format) => new Store(new Parser({ format }).parse(text));
const shapes = new SHACLValidator(parse(fs.readFileSync(shapesFile, 'utf8'), 'Turtle'));

const documentLoader = async url => {
  if (url !== context['@id']) throw new Error('a context from elsewhere: ' + url);
  return { documentUrl: url, document: context };
};
// The validator fetches contexts itself, by what is there when it is loaded.
globalThis.fetch = async url => ({ ok: url === context['@id'], json: async () => context });
const { default: crates } = await import('ro-crate');

const properties = node => Array.isArray(node) ? node.flatMap(properties)
  : node && typeof node === 'object' && node['@type'] !== '@json'
    ? Object.entries(node).flatMap(([key, value]) => [key, ...properties(value)]) : [];

async function croissant(document) {
  const options = { base: 'urn:here/', documentLoader, safe: true };
  const faults = properties(await jsonld.expand(document, options))
    .filter(p => p.startsWith('https://schema.org/') && !terms.has(p)).map(p => 'schema.org has no ' + p);
  const quads = parse(await jsonld.toRDF(document, { ...options, format: 'application/n-quads' }), 'N-Quads');
  const report = await shapes.validate(quads);
  return faults.concat(report.results.map(r => `${r.focusNode?.value} ${r.path?.value} ${r.sourceConstraintComponent.value}`));
}

async function crate(document) {
  await jsonld.expand(document, { base: 'urn:here/', documentLoader, safe: true });
  const validator = new crates.Validator();
  validator.parseJSON(JSON.stringify(document));
  await validator.validate();
  return validator.results.filter(r => r.status === 'error').map(r => r.message);
}

for (const line of fs.readFileSync(documents, 'utf8').trim().split('\n')) {
  const document = JSON.parse(line);
  let faults;
  try {
    faults = await (document['@graph'] ? crate : croissant)(document);
  } catch (e) {
    faults = [e.message + ' ' + JSON.stringify(e.details ?? {})];
  }
  console.log(faults.length ? faults.join('; ').replaceAll('\n', ' ') : 'true');
}

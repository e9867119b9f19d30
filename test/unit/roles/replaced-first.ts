// Loads the library among functions that were replaced, and uses all it has.
import { useEverything, viewsOver } from '../everything.js';
import { spyFor } from '../spies.js';

// What the library holds from when it is loaded: it has to trust the language in these.
const trusted = new RegExp([
  String.raw`^TypedArray\.prototype\.(at|buffer|byteLength|byteOffset|entries|includes|indexOf|keys|length|set|slice)$`,
  String.raw`^TypedArray\.prototype\.(subarray|values|Symbol\(Symbol.toStringTag\))$`,
  String.raw`^DataView$`, String.raw`^DataView\.prototype\.(get\w+|byteLength)$`,
  String.raw`^Object\.[gs]etPrototypeOf$`, String.raw`^Reflect\.apply$`,
].join('|'));

const memory = new ArrayBuffer(24);
const make = viewsOver(memory);
const { test } = RegExp.prototype;
const { apply } = Reflect;
const spies = spyFor(memory, (path) => apply(test, trusted, [path]));
const modules = await Promise.all([
  import('../../../lib/readonly-view.js'), import('../../../lib/readonly-bytes.js'), import('../../../lib/readonly-data-view.js'),
]);
const views = make(Object.assign({}, ...modules) as Parameters<typeof make>[0]);
for (const view of views) useEverything(view, spies.note);
spies.restore();

if (spies.caught.length > 0) throw new Error([...new Set(spies.caught)].join('\n'));
console.log(`used ${views.length} views`);

// The rules for C++: L1 to L6 of the layering.
import { coreOrder, coreUnit } from './core-order.mjs';
import { lineAt } from './source.mjs';

const hosts = /^(node_api|node|js_native_api|uv|v8)(_types)?\.h$/;
const higherLayer = /(^|\/)(binding|lib|cli)\//;
const notShipped = /(^|\/)(test|bench|examples|docs|scripts)\//;
const platform =
  /^[ \t]*#[ \t]*(?:el)?if.*\b(__linux__|__APPLE__|__MACH__|_WIN32|_WIN64|__unix__|__\w+BSD__|__ANDROID__|__GLIBC__)/gm;

export function nativeRules(source) {
  const { file, references, code } = source;
  const isShipped = /^(core\/(include|src)|binding)\//.test(file);
  const report = (line, rule, reason) => ({ file, line, rule, reason });

  const findings = references.flatMap((reference) => {
    const broken = [...layerRules(file, reference)];
    if (isShipped) broken.push(...shippedRules(file, reference));
    return broken.map(([rule, reason]) => report(reference.line, rule, reason));
  });
  if (isShipped && !file.startsWith('core/src/os/')) {
    for (const match of code.matchAll(platform)) {
      findings.push(report(lineAt(code, match.index), 'L3', `asks for a platform (${match[1]}) outside core/src/os`));
    }
  }
  return findings;
}

function* layerRules(file, { text, angles, target }) {
  if (file.startsWith('core/')) {
    if (hosts.test(text)) yield ['L1', `the core knows nothing of ${text}`];
    if (higherLayer.test(target ?? text)) yield ['L1', `the core includes nothing from a layer above: ${text}`];
  }
  if (file.startsWith('core/include/shm/')) {
    const isAllowed = angles && (text.startsWith('shm/') || isStandard(text));
    if (!isAllowed) yield ['L2', `a public header includes <shm/...> and the C++ standard library only: ${text}`];
  }
  if (hosts.test(text) && !/^(core|binding)\//.test(file)) yield ['L6', `only the binding includes ${text}`];
  if (file.startsWith('binding/') && target?.startsWith('core/') && !text.startsWith('shm/')) {
    yield ['L6', `of the core the binding includes <shm/...> only: ${text}`];
  }
}

function* shippedRules(file, { text, angles, target }) {
  const isOs = file.startsWith('core/src/os/');
  const isHost = hosts.test(text);
  if (angles && !isOs && !isHost && !text.startsWith('shm/') && !isStandard(text)) {
    yield ['L3', `a system header outside core/src/os: ${text}`];
  }
  if (notShipped.test(target ?? text)) yield ['direction', `what is shipped includes nothing from there: ${text}`];
  if (target !== undefined) yield* orderRules(coreUnit(file), coreUnit(target));
}

function* orderRules(from, to) {
  if (from === undefined || to === undefined || from === to) return;
  for (const unit of [from, to]) {
    if (!(unit in coreOrder)) return yield ['L4', `${unit} has no place in scripts/layering/core-order.mjs yet`];
  }
  if (coreOrder[from].includes(to)) return;
  const isSpanRule = ['sync', 'message', 'map'].includes(from) && ['segment', 'managed_segment'].includes(to);
  if (isSpanRule) yield ['L5', `${from} gets a std::span<std::byte>, never a ${to}`];
  else yield ['L4', `${from} stands below ${to}, or beside it`];
}

// The C++ standard library's headers have no extension: <atomic>, <cstdint>.
function isStandard(text) {
  return /^[a-z_0-9]+$/.test(text);
}

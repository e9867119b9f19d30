// Reads what a source file refers to.
import { posix } from 'node:path';

const nativeReference = /^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]/gm;
const scriptReference = /\b(?:from|import|(?:import|require|require\.resolve)\s*\()\s*(['"])([^'"]+)\1/g;

/**
 * A file with its comments blanked out, line numbers kept, and its references: `line`, `text` as written, whether the
 * text stands in `angles`, and `target`, the path inside the tree that it means, or undefined for what lies outside.
 */
export function readSource(file, content) {
  const code = blankComments(content);
  const isNative = /\.(hpp|cpp|h|c)$/.test(file);
  const references = [...code.matchAll(isNative ? nativeReference : scriptReference)].map((match) => {
    const text = match[2];
    const angles = match[1] === '<';
    const target = isNative ? includedFile(file, text, angles) : importedFile(file, text);
    return { line: lineAt(code, match.index + match[0].length), text, angles, target };
  });
  return { file, code, references };
}

export function lineAt(code, index) {
  return code.slice(0, index).split('\n').length;
}

// Strings stay: a `//` in one of them starts no comment.
function blankComments(content) {
  const tokens = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return content.replace(tokens, (match, string) => string ?? match.replace(/[^\n]/g, ' '));
}

function includedFile(file, text, angles) {
  if (angles) return text.startsWith('shm/') ? `core/include/${text}` : undefined;
  return posix.join(posix.dirname(file), text);
}

function importedFile(file, text) {
  if (!text.startsWith('.')) return undefined;
  return posix.join(posix.dirname(file), text);
}

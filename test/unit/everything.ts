// Does with a view what can be done with it. The library is given, since it may not be loaded yet.
import { inspect } from 'node:util';

import { isOver } from './spies.js';

export interface Factories {
  readonlyView(array: never): object;
  readonlyBytes(bytes: Uint8Array): object;
  readonlyDataView(view: DataView): object;
}

const Types = [Uint8Array, Int16Array, Float32Array, Float64Array, BigInt64Array] as const;

/** Views over `memory`, to be made of arrays that are there already. */
export function viewsOver(memory: ArrayBuffer): (factories: Factories) => object[] {
  const arrays = Types.map((Type) => new Type(memory));
  const [bytes, dataView] = [new Uint8Array(memory), new DataView(memory)];
  return ({ readonlyView, readonlyBytes, readonlyDataView }) =>
    [...arrays.map((array) => readonlyView(array as never)), readonlyBytes(bytes), readonlyDataView(dataView)];
}

type Note = (where: string, value: unknown) => void;

/** Calls every method in many ways. What they answer, throw and hand to callbacks goes to `note`. */
export function useEverything(view: object, note: Note): void {
  const peek = stackReader(note);
  const callback = function (this: unknown, ...args: unknown[]) {
    note('callback, this', this);
    for (const arg of args) note('callback, argument', arg);
    peek();
  };
  const evil = {
    valueOf: () => (peek(), 1), toString: () => (peek(), 'buffer'), [inspect.custom]: callback,
    get length() { peek(); return 3; }, get constructor() { peek(); return Object; },
  };
  const options = { depth: 2, stylize: (text: string) => text, showHidden: true, showProxy: true };
  const argumentLists: unknown[][] = [
    [], [0], [1], [-1], [100], ['buffer'], ['constructor'], ['__proto__'], ['0'], ['NaN'], [1.5], [Symbol.iterator], [evil],
    [evil, evil], [1, 3], [1, evil], [3, 6], [0, true], [callback], [view], [evil, 1, 2], ['utf8', 1, 3], ['hex', evil, evil],
    [0n], [2, options, callback],
    ...Types.flatMap((Type) => [[new Type(2)], [new Type(9), 1, 1, 3], [new Type(9), evil], [new (hostile(Type, note))(4)]]),
    [Buffer.alloc(3)], [new Uint8Array(64)], [{}], [null],
  ];
  for (let object: object = view; object !== Object.prototype; object = Object.getPrototypeOf(object) as object) {
    for (const key of Reflect.ownKeys(object)) {
      const value = attempt(() => (view as Record<PropertyKey, unknown>)[key], note);
      if (typeof value !== 'function' || key === 'constructor') continue;
      for (const args of argumentLists) attempt(() => exhaust(Reflect.apply(value, view, args), note), note);
    }
  }
  const spread: ((given: never) => unknown)[] = [
    (given: object) => `${given}`, (given: object) => inspect(given, { ...options, getters: true }), JSON.stringify,
    Object.entries, Array.from, structuredClone, (given: Iterable<unknown>) => [...given], (given: object) => ({ ...given }),
    (given: never) => [].concat(given), (given: never) => new Float32Array(given), (given: never) => Buffer.from(given),
    (given: object) => Object.setPrototypeOf(given, {}), (given: object) => Object.assign(given, { x: 1 }),
    (given: never) => Reflect.construct((given as object).constructor, [given]),
    (given: never) => Reflect.construct((given as object).constructor, [hostile(Uint8Array, note)]),
  ];
  for (const use of spread) attempt(() => exhaust(use(view as never), note), note);
}

/** Everything that can be reached from `start` by its properties and prototypes. */
export function assertOutOfReach(start: unknown, memory: ArrayBuffer): void {
  const seen = new Set<unknown>();
  const open: [path: string, value: unknown][] = [['view', start]];
  for (const [path, value] of open) {
    if (isOver(memory, value)) throw new Error(`${path} leads to the memory`);
    if (Object(value) !== value || seen.has(value) || seen.size > 5000) continue;
    seen.add(value);
    const object = value as object;
    open.push([`${path}.__proto__`, Object.getPrototypeOf(object)]);
    for (const key of Reflect.ownKeys(object)) {
      open.push([`${path}.${String(key)}`, attempt(() => (object as Record<PropertyKey, unknown>)[key], () => {})]);
      open.push([`${path}.${String(key)}`, attempt(() => Reflect.get(object, key, start), () => {})]);
    }
  }
}

function attempt(call: () => unknown, note: Note): unknown {
  try {
    const result = call();
    note('result', result);
    return result;
  } catch (error) {
    note('thrown', error);
    return undefined;
  }
}

/** Iterates what can be iterated. */
function exhaust(result: unknown, note: Note): unknown {
  if (!(result instanceof Object && 'next' in result)) return result;
  for (const element of result as unknown as Iterable<unknown>) note('element', element);
  return result;
}

/** A class of typed arrays that looks at what it is given. */
function hostile(Type: (typeof Types)[number], note: Note): new (length: number) => object {
  return class extends (Type as Uint8ArrayConstructor) {
    static get [Symbol.species](): Uint8ArrayConstructor {
      return Type as Uint8ArrayConstructor;
    }
    override set(source: ArrayLike<number>): void {
      note('set() of a target', source);
    }
    override get length(): number {
      return 1000;
    }
  };
}

/** A function that looks at the functions on the stack, their `this` and their arguments. It is no strict code. */
function stackReader(note: Note): () => void {
  return new Function('note', `return function peek() {
    const { prepareStackTrace } = Error;
    Error.prepareStackTrace = (error, sites) => {
      for (const site of sites) {
        if (typeof site.getThis !== 'function') continue;
        note('stack, this', site.getThis());
        let called; try { called = site.getFunction(); } catch {}
        try { for (const arg of called.arguments) note('stack, arguments', arg); } catch {}
      }
      return '';
    };
    void new Error().stack;
    Error.prepareStackTrace = prepareStackTrace;
    try { for (let f = peek.caller; f; f = f.caller) for (const arg of f.arguments) note('caller', arg); } catch {}
  }`)(note) as () => void;
}

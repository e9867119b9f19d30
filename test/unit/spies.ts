// Stands between a program and the objects of the language, and tells when one of them gets to see certain memory.

const { apply, construct, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
const { isView } = ArrayBuffer;
const toText = String;
const typedArrayPrototype = getPrototypeOf(Uint8Array.prototype)!;
const typedArrayTag = getOwnPropertyDescriptor(typedArrayPrototype, Symbol.toStringTag)!.get!;
const typedArrayBuffer = getOwnPropertyDescriptor(typedArrayPrototype, 'buffer')!.get!;
const dataViewBuffer = getOwnPropertyDescriptor(DataView.prototype, 'buffer')!.get!;

/** Whether `value` is the memory, or an array or a DataView over it. */
export function isOver(memory: ArrayBuffer, value: unknown): boolean {
  if (!isView(value)) return value === memory;
  return apply(apply(typedArrayTag, value, []) === undefined ? dataViewBuffer : typedArrayBuffer, value, []) === memory;
}

const arrayIteratorPrototype = getPrototypeOf([][Symbol.iterator]())!;
const namespaces = { Atomics, JSON, Math, Reflect };
const names = [
  'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float16Array',
  'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array', 'DataView', 'ArrayBuffer', 'SharedArrayBuffer', 'Array',
  'BigInt', 'Buffer', 'Map', 'Number', 'Object', 'Function', 'Proxy', 'RegExp', 'Set', 'String', 'Symbol', 'WeakMap', 'WeakSet',
] as const;

/** Keys that code of the language or of a program looks for on objects that it is given. */
const soughtAfter = [
  Symbol.isConcatSpreadable, Symbol.species, Symbol.toPrimitive, Symbol.toStringTag, Symbol.for('nodejs.util.inspect.custom'),
  'toJSON', 'then', 'valueOf', '-1', '-0', '1.5', 'NaN', 'Infinity', '100',
];

export interface Spies {
  /** Who saw the memory. */
  readonly caught: readonly string[];
  /** Notes it if `value` is over the memory. */
  note(where: string, value: unknown): void;
  restore(): void;
}

/** From now on what is in the global object is spied on: each property that is read, each call with what it is given. */
export function spyFor(memory: ArrayBuffer, isTrusted: (path: string) => boolean = () => false): Spies {
  const caught: string[] = [];
  const restorers: (() => void)[] = [];
  const note = (where: string, value: unknown) => {
    if (isOver(memory, value)) caught[caught.length] = where;
  };
  const noteAll = (where: string, self: unknown, args: readonly unknown[]) => {
    note(`${where}, this`, self);
    for (let i = 0; i < args.length; i++) note(`${where}, argument ${i}`, args[i]);
  };

  const wrap = (where: string, value: unknown): unknown => {
    if (typeof value !== 'function') return value;
    const wrapped: unknown = new OriginalProxy(value, {
      apply(target, self, args) {
        noteAll(where, self, args);
        const result = apply(target, self, args);
        note(`${where}, result`, result);
        return result;
      },
      construct(target, args, newTarget) {
        noteAll(where, undefined, args);
        return construct(target, args, newTarget === wrapped ? target : newTarget) as object;
      },
    });
    return wrapped;
  };

  const spyOnProperty = (object: object, key: PropertyKey, where: string) => {
    const descriptor = getOwnPropertyDescriptor(object, key);
    if (descriptor?.configurable === false || isTrusted(where)) return;
    const { enumerable = false, get, set } = descriptor ?? {};
    let value = wrap(where, descriptor?.value);
    defineProperty(object, key, {
      enumerable,
      configurable: true,
      get() {
        note(`${where}, read`, this);
        return get === undefined ? value : apply(get, this, []) as unknown;
      },
      set(given) {
        noteAll(`${where}, written`, this, [given]);
        if (this === object) value = given;
        else if (set !== undefined) apply(set, this, [given]);
        else defineProperty(this as object, key, { value: given, writable: true, enumerable: true, configurable: true });
      },
    });
    restorers[restorers.length] = () => {
      if (descriptor === undefined) delete (object as Record<PropertyKey, unknown>)[key];
      else defineProperty(object, key, descriptor);
    };
  };

  const spyOn = (object: object, name: string) => {
    for (const key of ownKeys(object)) spyOnProperty(object, key, `${name}.${toText(key)}`);
  };

  const everything: Record<string, object> = { ...namespaces, TypedArray: typedArrayPrototype.constructor };
  const globals = globalThis as unknown as Record<string, { prototype?: object } | undefined>;
  for (const name of names) {
    const found = globals[name];
    if (found === undefined) continue;
    everything[name] = found;
    if (found.prototype !== undefined) everything[`${name}.prototype`] = found.prototype;
  }
  everything['TypedArray.prototype'] = typedArrayPrototype;
  everything['ArrayIterator.prototype'] = arrayIteratorPrototype;
  everything['Iterator.prototype'] = getPrototypeOf(arrayIteratorPrototype)!;

  const OriginalProxy = Proxy;
  const planted = [typedArrayPrototype, Uint8Array.prototype, Float64Array.prototype, DataView.prototype, Object.prototype];
  const entries = Object.entries(everything);
  const kinds = planted.map((object) => entries.find(([, value]) => value === object)![0]);
  for (let i = 0; i < planted.length; i++) {
    for (const key of soughtAfter) {
      if (!Object.hasOwn(planted[i]!, key)) spyOnProperty(planted[i]!, key, `${kinds[i]}.${toText(key)}`);
    }
  }
  for (const [name, object] of entries) spyOn(object, name);
  for (const name of names) if (globals[name] !== undefined) spyOnProperty(globalThis, name, name);

  return {
    caught,
    note,
    restore() {
      for (let i = restorers.length - 1; i >= 0; i--) restorers[i]!();
      restorers.length = 0;
    },
  };
}

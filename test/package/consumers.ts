// Programs of users of the package, each loading it in its own way. Given a name, they print what `expected` says.

const use = `
  const system = shm.create(10, 'Float32Array');
  const named = shm.create(100, 'Buffer', name);
  const report = [
    named.length, shm.get(system.key, 'Float32Array').length, shm.detach(system.key), shm.destroy(name),
    Object.keys(shm.BufferType)[0], shm.ShmError.name,
  ].join(' ');
`;

const print = `const name = process.argv[2]; ${use} console.log(report);`;

export const expected = '100 10 0 true Buffer ShmError';

export const programs: Readonly<Record<string, string>> = {
  'require.cjs': `const shm = require('shm-typed-array'); ${print}`,
  'import.mjs': `import * as shm from 'shm-typed-array'; ${print}`,
  'default-import.mjs': `import shm from 'shm-typed-array'; ${print}`,
  'dynamic-import.cjs': `import('shm-typed-array').then((shm) => { ${print} });`,
  'worker.mjs': `
    import { Worker, isMainThread, parentPort, workerData as name } from 'node:worker_threads';
    if (isMainThread) {
      const worker = new Worker(new URL(import.meta.url), { workerData: process.argv[2] });
      worker.on('message', (report) => console.log(report));
    } else {
      const shm = await import('shm-typed-array');
      ${use}
      parentPort.postMessage(report);
    }
  `,
  'worker.cjs': `
    const { Worker, isMainThread, parentPort, workerData: name } = require('node:worker_threads');
    const shm = require('shm-typed-array');
    if (isMainThread) {
      const worker = new Worker(__filename, { workerData: process.argv[2] });
      worker.on('message', (report) => console.log(report));
    } else {
      ${use}
      parentPort.postMessage(report);
    }
  `,
};

const useTyped = `
  const name: string = process.argv[2]!;
  const system: shm.Shm<Float32Array> | null = shm.create(10, 'Float32Array');
  const named: shm.Shm<Buffer> | null = shm.create(100, 'Buffer', name);
  const key: number = system!.key!;
  const typeKey: keyof shm.ShmMap = 'Float32Array';
  const length: number = shm.get(key, typeKey)!.length;
  const left: number = shm.detach(key);
  const first = Object.keys(shm.BufferType)[0];
  console.log([named!.length, length, left, shm.destroy(name), first, shm.ShmError.name].join(' '));
`;

export const typedPrograms: Readonly<Record<string, string>> = {
  'require.cts': `import shm = require('shm-typed-array'); ${useTyped}`,
  'import.mts': `import * as shm from 'shm-typed-array'; ${useTyped}`,
  'default-import.mts': `
    import all from 'shm-typed-array';
    import * as shm from 'shm-typed-array';
    all.detachAll();
    ${useTyped}
  `,
};

// Loads the package by require() and by import(), in the order that is asked for.
import { createRequire } from 'node:module';

import { leave, roleData } from '../../support/role-side.js';

const require = createRequire(import.meta.url);

let required: { create: unknown };
let imported: { create: unknown; default: unknown };
if (roleData() === 'require-first') {
  required = require('shm-typed-array') as typeof required;
  imported = await import('shm-typed-array');
} else {
  imported = await import('shm-typed-array');
  required = require('shm-typed-array') as typeof required;
}
console.log(required === imported.default && required.create === imported.create ? 'same' : 'different');
leave();

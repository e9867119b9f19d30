import * as api from './api.js';

export * from './api.js';
// require() gets the object under 'module.exports', so that all three ways of loading see one list of names.
export { api as default, api as 'module.exports' };

// Imports the module named on the command line and says how long that took.
const start = process.hrtime.bigint();
await import(process.argv[2]!);
console.log(`{"ns": ${process.hrtime.bigint() - start}}`);
export {};

#!/usr/bin/env node
// Plain JavaScript that any Node can read: it tells those with an old Node what to do, instead of a syntax error.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `Patchbay runs on Node 24 or newer; this is ${process.version}.\n` +
      'Inside the project, "npm ci" brings its own Node 24 and npm scripts use it: run "npm ci" with install scripts allowed,\n' +
      'then "npm start". With a Node 24 of your own, call it directly: node bin/patchbay.js start',
  );
  process.exit(1);
}
// What Node compiles is kept for the next start, beside what else the installation keeps; where it cannot be written, nothing is.
const { enableCompileCache } = await import('node:module');
enableCompileCache(`${import.meta.dirname}/../node_modules/.cache/patchbay/compiled`);
const { main } = await import('../src/main.ts');
await main(process.argv);

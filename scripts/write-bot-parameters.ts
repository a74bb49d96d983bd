import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parameterPage } from '../src/bots/parameter-page.ts';

/** Writes docs/bot-parameters.md; a test fails while the page is not that of the table. */
const page = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs', 'bot-parameters.md');
await mkdir(dirname(page), { recursive: true });
await writeFile(page, parameterPage());
console.log(`wrote ${page}`);

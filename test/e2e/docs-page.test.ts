import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { TEST_CLIENT } from './support/hub-config.ts';
import { HubProcess } from './support/hub-process.ts';
import { peerTest, programPath } from './support/peers.ts';

/** The page of the API in a real browser. */

interface Document {
  paths: Record<string, Record<string, unknown>>;
}

let hub: HubProcess;
let browser: Browser | undefined;

beforeAll(async () => {
  hub = await HubProcess.start({ botUrl: 'http://127.0.0.1:9/' });
});
afterAll(async () => {
  await browser?.close();
  await hub?.stop();
});

/** A page, and all that goes wrong on it or leaves for elsewhere. */
async function open(path: string): Promise<{ page: Page; troubles: string[]; requested: string[] }> {
  browser ??= await chromium.launch({
    executablePath: programPath('chromium-headless-shell') ?? '',
    args: ['--no-sandbox'],
  });
  const page = await browser.newPage();
  const troubles: string[] = [];
  const requested: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('requestfailed', (request) => troubles.push(`${request.url()} ${request.failure()?.errorText}`));
  page.on('request', (request) => requested.push(request.url()));
  page.on('response', (response) => {
    if (response.status() >= 400) troubles.push(`${response.url()} ${response.status()}`);
  });
  await page.goto(`${hub.api}${path}`, { waitUntil: 'networkidle' });
  return { page, troubles, requested };
}

const documentPaths = async (): Promise<string[]> => {
  const { paths } = (await (await fetch(`${hub.api}/openapi.json`)).json()) as Document;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
};

peerTest('chromium-headless-shell', '/docs lists every route, and loads nothing from elsewhere', async () => {
  const { page, troubles, requested } = await open('/docs');
  await page.locator('.opblock').first().waitFor();
  const listed = await page.locator('.opblock-summary').evaluateAll((summaries) =>
    summaries.map((summary) => {
      const path = summary.querySelector('.opblock-summary-path')?.getAttribute('data-path');
      return `${summary.querySelector('.opblock-summary-method')?.textContent} ${path}`;
    }),
  );
  expect(listed.sort()).toEqual((await documentPaths()).sort());
  expect(troubles).toEqual([]);
  const origin = new URL(hub.api).origin;
  expect(requested.filter((url) => !url.startsWith('data:') && new URL(url).origin !== origin)).toEqual([]);
  // It looks like something: the style sheet was taken.
  const method = page.locator('.opblock-summary-method').first();
  const { width } = (await method.boundingBox()) ?? { width: 0 };
  expect(width).toBeGreaterThanOrEqual(80);
  await page.close();
});

peerTest(
  'chromium-headless-shell',
  '/docs: "try it out" asks the hub, with the credentials of an API client',
  async () => {
    const { page, troubles } = await open('/docs');
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    const dialog = page
      .locator('.auth-container')
      .filter({ has: page.locator('input[name="username"]') })
      .first();
    await dialog.locator('input[name="username"]').fill(TEST_CLIENT.id);
    await dialog.locator('input[name="password"]').fill(TEST_CLIENT.secret);
    await dialog.locator('button.authorize').click();
    await page.locator('.modal-ux .close-modal').click();
    const route = page.locator('.opblock').filter({ has: page.locator('[data-path="/api/v1/calls"]') });
    await route.locator('.opblock-summary-control').click();
    await route.getByRole('button', { name: 'Try it out' }).click();
    await route.getByRole('button', { name: 'Execute' }).click();
    const live = route.locator('.live-responses-table');
    await live.waitFor();
    expect(await live.locator('tbody .response-col_status').first().textContent()).toContain('200');
    expect(await live.locator('tbody .response-col_description').first().textContent()).toContain('"calls"');
    expect(troubles).toEqual([]);
    await page.close();
  },
);

peerTest('chromium-headless-shell', 'a script that somebody slips into the page is not run', async () => {
  const { page, troubles } = await open('/docs');
  const ran = await page.evaluate(`
    const script = document.createElement('script');
    script.textContent = 'window.slippedIn = true';
    document.body.append(script);
    'slippedIn' in window;
  `);
  expect(ran).toBe(false);
  expect(troubles.join()).toContain('Content Security Policy');
  await page.close();
});
